/// A 48-bit IEEE 802 MAC address.
@frozen
@usableFromInline
package struct MACAddress: Hashable, Sendable {
  /// The 48 bits, the first octet on the wire highest.
  @usableFromInline package var value: UInt64

  @inlinable
  package init(value: UInt64) { self.value = value & 0xffff_ffff_ffff }

  /// The group bit: multicast or broadcast.
  @inlinable package var isGroup: Bool { value >> 40 & 1 == 1 }

  /// Reads six hexadecimal octets separated by colons; nil otherwise.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var value: UInt64 = 0
    for part in parts {
      // A sign is no part of an octet.
      guard part.utf8.count == 2, part.first?.isHexDigit == true,
        let octet = UInt8(part, radix: 16)
      else { return nil }
      value = value << 8 | UInt64(octet)
    }
    self.init(value: value)
  }
}

extension MACAddress: CustomStringConvertible {
  /// Six lower-case hexadecimal octets with colons.
  @usableFromInline package var description: String {
    (0..<6).map { index in
      let octet = UInt8(truncatingIfNeeded: value >> UInt64(40 - 8 * index))
      return (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }.joined(separator: ":")
  }
}
