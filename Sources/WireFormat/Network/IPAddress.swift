/// An IPv4 or IPv6 address as one 128-bit value; IPv4 in its mapped form `::ffff:a.b.c.d` (RFC 4291, section 2.5.5.2).
@frozen
@usableFromInline
package struct IPAddress: Hashable, Comparable, Sendable {
  @usableFromInline package var high: UInt64
  @usableFromInline package var low: UInt64

  @inlinable
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The IPv4 address whose 32 bits are `v4`, in host byte order.
  @inlinable
  package init(v4: UInt32) {
    self.high = 0
    self.low = 0xffff_0000_0000 | UInt64(v4)
  }

  @inlinable package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

  /// The 32 bits of an IPv4 address, nil for IPv6.
  @inlinable package var v4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

  /// Multicast, the IPv4 broadcast address or the unspecified address: never a host.
  @inlinable package var isMulticastOrUnspecified: Bool {
    if isIPv4 {
      let value = UInt32(truncatingIfNeeded: low)
      return value == 0 || value >= 0xe000_0000
    }
    return high >> 56 == 0xff || (high == 0 && low == 0)
  }

  @inlinable
  package static func < (a: IPAddress, b: IPAddress) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

extension IPAddress: CustomStringConvertible {
  /// Dotted decimal for IPv4; RFC 5952 text for IPv6.
  @usableFromInline package var description: String {
    if let v4 {
      return "\(v4 >> 24).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)"
    }
    let groups = (0..<8).map { index -> UInt16 in
      let word = index < 4 ? high : low
      return UInt16(truncatingIfNeeded: word >> UInt64(48 - 16 * (index & 3)))
    }
    // The longest run of two or more zero groups becomes "::", the first of equals.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start >= 2, end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    if best.isEmpty { return text(0..<8) }
    return text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
  }
}

extension IPAddress {
  /// Reads dotted decimal or RFC 4291 text, without a zone; nil when it is neither.
  package init?(_ text: String) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      self.init(v6Text: text)
    } else if let v4 = Self.v4(text[...]) {
      self.init(v4: v4)
    } else {
      return nil
    }
  }

  private static func v4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
        let octet = UInt32(part), octet <= 255
      else { return nil }
      value = value << 8 | octet
    }
    return value
  }

  private init?(v6Text text: String) {
    guard text.utf8.count <= 45 else { return nil }
    var halves: [[UInt16]] = []
    var pieces: [Substring] = []
    var rest = text[...]
    var split = 0
    while let range = Self.doubleColon(in: rest) {
      split += 1
      pieces.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    pieces.append(rest)
    guard split <= 1 else { return nil }
    for (position, piece) in pieces.enumerated() {
      var groups: [UInt16] = []
      if !piece.isEmpty {
        let parts = piece.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
          if index == parts.count - 1, position == pieces.count - 1, part.contains(".") {
            guard let v4 = Self.v4(part) else { return nil }
            groups.append(UInt16(v4 >> 16))
            groups.append(UInt16(v4 & 0xffff))
          } else {
            guard (1...4).contains(part.utf8.count), part.first?.isHexDigit == true,
              let group = UInt16(part, radix: 16)
            else { return nil }
            groups.append(group)
          }
        }
      }
      halves.append(groups)
    }
    let known = halves.reduce(0) { $0 + $1.count }
    guard split == 1 ? known <= 7 : known == 8 else { return nil }
    var groups = halves[0]
    if split == 1 {
      groups += Array(repeating: 0, count: 8 - known) + halves[1]
    }
    self.init(
      high: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
      low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
  }

  private static func doubleColon(in text: Substring) -> Range<Substring.Index>? {
    var index = text.startIndex
    while index < text.endIndex {
      let next = text.index(after: index)
      if next < text.endIndex, text[index] == ":", text[next] == ":" {
        return index..<text.index(after: next)
      }
      index = next
    }
    return nil
  }
}
