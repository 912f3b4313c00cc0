import WireFormat

/// One way into the program for octets that somebody else sent.
///
/// A target is made once and given one input after another; nothing of an input may be left for the next. It traps on
/// nothing and throws where a property does not hold.
package protocol FuzzTarget {
  /// As in `scripts/fuzz NAME` and in the folders of inputs.
  static var name: String { get }
  /// Octets of the longest input worth trying.
  static var maximumByteCount: Int { get }
  init()
  mutating func take(_ input: RawSpan) throws(Broken)
}

/// A property that an input has shown not to hold.
package struct Broken: Error, CustomStringConvertible {
  package let property: StaticString
  package var description: String { "\(property)" }
}

/// All targets, in the order in which data flow.
package enum FuzzTargets {
  package static var all: [any FuzzTarget.Type] {
    packets + tls + quic + names + http + streams + captures + rules + calibration + wholes
  }
}

/// Throws unless `condition`.
@inline(__always)
func hold(
  _ condition: @autoclosure () -> Bool, _ property: StaticString
) throws(Broken) {
  guard condition() else { throw Broken(property: property) }
}

extension Range<Int> {
  /// Whether it lies within a span of `byteCount` octets.
  func isWithin(_ byteCount: Int) -> Bool { lowerBound >= 0 && upperBound <= byteCount }
}

/// Takes an input apart into what a target needs beside octets; zeros once it is used up.
struct Choices: ~Escapable {
  private var reader: ByteReader

  @_lifetime(copy input)
  init(_ input: RawSpan) { reader = ByteReader(input) }

  var isAtEnd: Bool { reader.isAtEnd }
  var remaining: Int { reader.remaining }

  @_lifetime(self: copy self)
  mutating func octet() -> Int { Int((try? reader.readUInt8()) ?? 0) }

  @_lifetime(self: copy self)
  mutating func word() -> Int { octet() << 8 | octet() }

  /// Up to `count` octets.
  @_lifetime(copy self)
  mutating func octets(_ count: Int) -> RawSpan {
    let count = Swift.min(Swift.max(0, count), reader.remaining)
    do throws(WireError) { return try reader.readBytes(count) } catch { return reader.rest }
  }

  var rest: RawSpan {
    @_lifetime(copy self) get { reader.rest }
  }
}
