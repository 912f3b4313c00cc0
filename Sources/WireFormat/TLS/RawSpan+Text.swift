/// Text that stays where it was captured: comparing it, and copying it out only when it is wanted.
extension RawSpan {
  /// Whether the octets at `range` are exactly `text`.
  func equals(_ text: StaticString, at range: Range<Int>) -> Bool {
    range.count == text.utf8CodeUnitCount && hasPrefix(text, at: range)
  }

  /// Whether the octets at `range` begin with `text`.
  func hasPrefix(_ text: StaticString, at range: Range<Int>) -> Bool {
    hasPrefix(text, at: range, letterBit: 0)
  }

  /// Whether the octets at `range` are `text`, which is in lower case, whatever the case of theirs.
  func equalsIgnoringCase(_ text: StaticString, at range: Range<Int>) -> Bool {
    range.count == text.utf8CodeUnitCount && hasPrefix(text, at: range, letterBit: 0x20)
  }

  /// Whether the first `count` octets are those of `text`.
  func isPrefix(of text: StaticString, count: Int) -> Bool {
    guard text.hasPointerRepresentation, count <= text.utf8CodeUnitCount, count <= byteCount
    else { return false }
    for index in 0..<max(0, count) {
      // Safe: the index was checked by the guard, and the literal lives as long as the program.
      let expected = unsafe text.utf8Start[index]
      guard octet(at: index) == expected else { return false }
    }
    return true
  }

  private func hasPrefix(_ text: StaticString, at range: Range<Int>, letterBit: UInt8) -> Bool {
    let count = text.utf8CodeUnitCount
    guard text.hasPointerRepresentation, range.count >= count, range.lowerBound >= 0,
      range.upperBound <= byteCount
    else { return false }
    for index in 0..<count {
      // Safe: both indexes were checked by the guard, and the literal lives as long as the program.
      let (octet, expected) = unsafe (
        unsafeLoadUnaligned(fromUncheckedByteOffset: range.lowerBound + index, as: UInt8.self),
        text.utf8Start[index]
      )
      let isUpper = octet >= 0x41 && octet <= 0x5a
      guard (isUpper ? octet | letterBit : octet) == expected else { return false }
    }
    return true
  }

  /// The octets at `range` as text, ASCII letters in lower case; octets that are no UTF-8 become
  /// U+FFFD. The part of `range` outside the span is left out.
  package func lowercasedText(_ range: Range<Int>) -> String {
    var octets: [UInt8] = []
    appendLowercased(range, to: &octets)
    return String(decoding: octets, as: UTF8.self)
  }

  /// Appends the octets at `range`, ASCII letters in lower case: the form that a name is looked up
  /// in, without an allocation where `octets` has the capacity.
  package func appendLowercased(_ range: Range<Int>, to octets: inout [UInt8]) {
    let range = range.clamped(to: 0..<byteCount)
    for offset in range {
      // Safe: the range was clamped to the span.
      let octet = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
      octets.append(octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet)
    }
  }
}
