import WireFormat

/// What the first octets of a stream, or of a segment in it, look like.
enum StreamOpening {
  case tlsHandshake, httpRequest, http2, other

  init(_ bytes: RawSpan) {
    guard let first = bytes.octet(at: 0) else {
      self = .other
      return
    }
    if first == 22 {
      // A record of type handshake, version 3.x, in it a ClientHello, as far as the octets go; behind an empty record, which
      // clients may not send, stands another.
      let isEmpty = bytes.octet(at: 3) == 0 && bytes.octet(at: 4) == 0
      let next: UInt8 = isEmpty ? 22 : 1
      let isHello =
        bytes.octet(at: 1) ?? 3 == 3 && bytes.octet(at: 2) ?? 0 <= 4
        && bytes.octet(at: 5) ?? next == next
      self = isHello ? .tlsHandshake : .other
    } else if first >= 0x80 {
      self = SSLv2ClientHello.begins(bytes) ? .tlsHandshake : .other
    } else if Self.beginsWithMethod(bytes) {
      // "PRI " is what the HTTP/2 preface begins with (RFC 9113, section 3.4), and no method.
      self =
        first == UInt8(ascii: "P") && bytes.octet(at: 2) == UInt8(ascii: "I")
        ? .http2 : .httpRequest
    } else {
      self = .other
    }
  }

  /// The first four octets of the methods of RFC 9110 (section 9), RFC 5789, RFC 4918 (WebDAV), RFC 3253 and RFC 5323,
  /// of UPnP's, and of the HTTP/2 preface.
  static func beginsWithMethod(_ bytes: RawSpan) -> Bool {
    guard let first = bytes.octet(at: 0), let second = bytes.octet(at: 1),
      let third = bytes.octet(at: 2), let fourth = bytes.octet(at: 3)
    else { return false }
    let word = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
    return switch word {
    // GET_, PUT_, PRI_, POST, HEAD, DELE, OPTI, PATC, CONN, TRAC
    case 0x4745_5420, 0x5055_5420, 0x5052_4920, 0x504f_5354, 0x4845_4144, 0x4445_4c45, 0x4f50_5449,
      0x5041_5443, 0x434f_4e4e, 0x5452_4143,
      // PROP, MKCO, COPY, MOVE, LOCK, UNLO, REPO, SEAR, NOTI, SUBS
      0x5052_4f50, 0x4d4b_434f, 0x434f_5059, 0x4d4f_5645, 0x4c4f_434b, 0x554e_4c4f, 0x5245_504f,
      0x5345_4152, 0x4e4f_5449, 0x5355_4253:
      true
    default: false
    }
  }

  /// A method and the start of a target: what tells a further request from a body that happens to begin with such letters.
  static func beginsRequest(_ bytes: RawSpan) -> Bool {
    guard beginsWithMethod(bytes) else { return false }
    for index in 3..<17 {
      guard let octet = bytes.octet(at: index) else { return false }
      if octet == UInt8(ascii: " ") {
        return switch bytes.octet(at: index + 1) {
        case UInt8(ascii: "/"), UInt8(ascii: "*"), UInt8(ascii: "h"), UInt8(ascii: "H"): true
        default: false
        }
      }
      guard (0x41...0x5a).contains(octet) || octet == UInt8(ascii: "-") else { return false }
    }
    return false
  }

  /// One to three octets with which one of the common methods begins: worth waiting for more at a stream's start.
  static func mayBeginMethod(_ bytes: RawSpan) -> Bool {
    guard (1...3).contains(bytes.byteCount), let first = bytes.octet(at: 0) else { return false }
    let second = bytes.octet(at: 1)
    return switch first {
    case UInt8(ascii: "G"): second ?? UInt8(ascii: "E") == UInt8(ascii: "E")
    case UInt8(ascii: "P"): second.map { "OUAR".utf8.contains($0) } ?? true
    case UInt8(ascii: "H"), UInt8(ascii: "D"): second ?? UInt8(ascii: "E") == UInt8(ascii: "E")
    case UInt8(ascii: "O"): second ?? UInt8(ascii: "P") == UInt8(ascii: "P")
    case UInt8(ascii: "C"): second ?? UInt8(ascii: "O") == UInt8(ascii: "O")
    default: false
    }
  }
}
