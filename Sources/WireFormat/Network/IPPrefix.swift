/// A block of addresses in CIDR form (RFC 4632, RFC 4291): `10.20.0.0/16`, `2001:db8::/32`.
package struct IPPrefix: Hashable, Sendable {
  /// The first address of the block; the bits past the prefix are zero.
  package let base: IPAddress
  /// Leading bits that count, of 128: an IPv4 `/16` is stored as 112.
  package let bitCount: Int

  /// Reads `ADDRESS/LENGTH`, or a bare address as a block of one; nil when it is neither, when the length is out of
  /// range, or when bits past the prefix are set.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
    let width = address.isIPv4 ? 32 : 128
    var length = width
    if parts.count == 2 {
      // A sign is no part of a length.
      guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let parsed = Int(parts[1]),
        (0...width).contains(parsed)
      else { return nil }
      length = parsed
    }
    bitCount = length + 128 - width
    base = address
    guard Self.mask(address, bitCount) == address else { return nil }
  }

  /// Whether the address lies within; a block of IPv6, `::/0` among them, holds no IPv4 address.
  package func contains(_ address: IPAddress) -> Bool {
    Self.mask(address, bitCount) == base && address.isIPv4 == base.isIPv4
  }

  private static func mask(_ address: IPAddress, _ bits: Int) -> IPAddress {
    let high = bits >= 64 ? UInt64.max : bits == 0 ? 0 : UInt64.max << UInt64(64 - bits)
    let low = bits >= 128 ? UInt64.max : bits <= 64 ? 0 : UInt64.max << UInt64(128 - bits)
    return IPAddress(high: address.high & high, low: address.low & low)
  }
}

extension IPPrefix: CustomStringConvertible {
  package var description: String { "\(base)/\(base.isIPv4 ? bitCount - 96 : bitCount)" }
}
