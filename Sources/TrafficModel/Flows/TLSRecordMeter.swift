import WireFormat

/// Reads the record layer of one direction of a TLS connection (RFC 8446, section 5.1): type and length of each record,
/// never what is in it, but for the server's hello in the clear.
///
/// After a gap that swallowed a record header it looks for the next header and counts what it passes over.
struct TLSRecordMeter {
  /// One whole record.
  struct Record: Equatable {
    var contentType: UInt8
    /// Octets of the fragment: what the length field says.
    var length: Int
  }

  private enum State {
    /// Within a header, `have` octets of five read.
    case header(have: Int, octets: UInt64)
    case body(Record, remaining: Int)
    /// Lost: looking for a header.
    case searching
  }

  private var state = State.header(have: 0, octets: 0)
  /// Octets that were captured but could not be read as records, since ``takePassedOver()``.
  private var passedOverByteCount = 0
  /// The first octets of handshake records, joined, kept while `wantsHandshake`.
  private(set) var handshakeOctets: [UInt8] = []
  private(set) var wantsHandshake: Bool
  /// Octets of ``handshakeOctets`` that are kept at most.
  var handshakeLimit = Self.helloLimit

  /// A ServerHello with a post-quantum key share takes about 1,200.
  static let helloLimit = 2_048
  /// The same, and a Certificate message as far as its first certificate.
  static let certificateLimit = helloLimit + 10 + ServerCertificate.maximumByteCount

  init(wantsHandshake: Bool) { self.wantsHandshake = wantsHandshake }

  /// Starts within a record of which `remaining` octets are to come.
  init(withinRecord contentType: UInt8, remaining: Int) {
    wantsHandshake = false
    if remaining > 0 {
      state = .body(Record(contentType: contentType, length: remaining), remaining: remaining)
    }
  }

  /// Starts in the middle of a stream.
  static func midstream() -> TLSRecordMeter {
    var meter = TLSRecordMeter(wantsHandshake: false)
    meter.state = .searching
    return meter
  }

  /// Reads on from `offset` until a record is whole; nil when the octets are used up.
  mutating func next(in bytes: RawSpan, from offset: inout Int) -> Record? {
    while offset < bytes.byteCount {
      switch state {
      case .header(let have, let octets):
        guard let octet = bytes.octet(at: offset) else { return nil }
        offset += 1
        let header = octets << 8 | UInt64(octet)
        if have < 4 {
          state = .header(have: have + 1, octets: header)
        } else if let record = Self.record(header: header) {
          state = .body(record, remaining: record.length)
          if record.length == 0 {
            state = .header(have: 0, octets: 0)
            return record
          }
        } else {
          passedOverByteCount += 5
          state = .searching
        }
      case .body(let record, let remaining):
        let taken = min(remaining, bytes.byteCount - offset)
        if wantsHandshake, record.contentType == 22 {
          keep(bytes, from: offset, count: taken)
        }
        offset += taken
        if taken < remaining {
          state = .body(record, remaining: remaining - taken)
        } else {
          state = .header(have: 0, octets: 0)
          return record
        }
      case .searching:
        let start = offset
        offset = Self.nextHeader(in: bytes, from: offset)
        passedOverByteCount += offset - start
        if offset < bytes.byteCount { state = .header(have: 0, octets: 0) }
      }
    }
    return nil
  }

  /// Octets passed over while looking for a header, since the last call.
  mutating func takePassedOver() -> Int {
    defer { passedOverByteCount = 0 }
    return passedOverByteCount
  }

  /// Keeps no more of the handshake, and forgets what there is.
  mutating func endHandshake() {
    wantsHandshake = false
    handshakeOctets = []
  }

  /// Notes that `count` octets will never come.
  ///
  /// - Returns: the record that the gap ended, when it ended exactly there.
  mutating func gap(_ count: Int) -> Record? {
    if case .body(let record, let remaining) = state, count <= remaining {
      if count < remaining {
        state = .body(record, remaining: remaining - count)
        return nil
      }
      state = .header(have: 0, octets: 0)
      return record
    }
    state = .searching
    return nil
  }

  /// Notes that the stream goes on somewhere else, nobody knows how far on.
  mutating func lose() { state = .searching }

  private mutating func keep(_ bytes: RawSpan, from offset: Int, count: Int) {
    let room = min(count, handshakeLimit - handshakeOctets.count)
    guard room > 0 else { return }
    // Safe: the octets are copied before the closure ends.
    unsafe bytes.part(offset..<offset + room).withUnsafeBytes {
      unsafe handshakeOctets.append(contentsOf: $0)
    }
  }

  /// Content types 20…24, version 3.0…3.4, a length that TLS allows (2¹⁴ + 2048).
  private static func record(header: UInt64) -> Record? {
    let contentType = UInt8(truncatingIfNeeded: header >> 32)
    let version = header >> 16 & 0xffff
    let length = Int(header & 0xffff)
    guard (20...24).contains(contentType), (0x0300...0x0304).contains(version),
      length <= 16_384 + 2_048
    else { return nil }
    return Record(contentType: contentType, length: length)
  }

  /// Where an application-data header may stand: plausible itself, and followed by another or by the end of the
  /// octets; one whose record goes on beyond them only at their start.
  private static func nextHeader(in bytes: RawSpan, from start: Int) -> Int {
    var index = start
    while index + 5 <= bytes.byteCount {
      if bytes.octet(at: index) == 23, bytes.octet(at: index + 1) == 3,
        bytes.octet(at: index + 2) == 3, let high = bytes.octet(at: index + 3),
        let low = bytes.octet(at: index + 4)
      {
        let length = Int(high) << 8 | Int(low)
        let following = index + 5 + length
        if length > 0, length <= 16_384 + 256 {
          if following == bytes.byteCount {
            return index
          } else if following > bytes.byteCount {
            if index == start { return index }
          } else if bytes
            .octet(at: following) == 23, bytes.octet(at: following + 1) ?? 3 == 3
          {
            return index
          }
        }
      }
      index += 1
    }
    return bytes.byteCount
  }
}
