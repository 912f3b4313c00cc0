import TrafficModel

/// Where a request's body is among the records that went up.
///
/// Most clients write headers and body apart: the packages of most providers, httpx, requests, and whoever speaks HTTP/2,
/// as HEADERS and DATA are frames of their own. Then the octets of the body are known exactly, whatever the headers are.
/// `scripts/profile_fitting/requests.py` does the same, step for step (a test compares them).
enum RequestHead {
  /// Records up to this size are HTTP/2 control frames: SETTINGS, WINDOW_UPDATE, PING, the end of a stream.
  private static let control = 64
  /// A first record up to this size before two others is the preface of a connection with its SETTINGS.
  private static let mostPreface = 130
  /// Request headers are not longer, as far as they are known by their record.
  private static let most = 1200
  /// What Go's crypto/tls takes at once while a connection is young: 1,208 octets less what TLS adds, by cipher.
  private static let goFirstRecords = [1179, 1186, 1187]
  /// A frame's header, and the longest frame that a receiver need take (RFC 9113, sections 4.1 and 4.2).
  private static let frame = 9
  private static let largestFrame = 16_384

  /// Octets of the body, HTTP/2's frame headers taken off; nil when it shares a record with the headers, or cannot be told.
  static func bodyOctets(of turn: Turn) -> Int? {
    guard turn.transport != .quic else { return nil }
    let bearing = turn.upstreamSizes.map(Int.init).filter { $0 > control }
    guard let first = bearing.first else { return nil }
    guard isHTTP2(turn) else {
      let head = Int(turn.upstreamSizes[0])
      guard turn.upstreamSizes.count >= 2, head > control, isHead(head),
        turn.upstream.byteCount > head
      else { return nil }
      return turn.upstream.byteCount - head
    }
    var taken = turn.upstreamSizes.reduce(0) { $1 <= control ? $0 + Int($1) : $0 }
    if !turn.followsSmallRecord {
      var rest = bearing[...]
      if turn.isFirstOnConnection, bearing.count >= 3, first <= mostPreface {
        taken += first
        rest = rest.dropFirst()
      }
      guard rest.count >= 2, let head = rest.first, isHead(head) else { return nil }
      taken += head
    }
    guard turn.upstream.byteCount > taken else { return nil }
    let framed = turn.upstream.byteCount - taken
    let frames = (framed - 1) / (largestFrame + frame) + 1
    let body = framed - frames * frame
    return body > 0 ? body : nil
  }

  /// What stands for the octets of the headers where records do not show them.
  static func allowance(_ turn: Turn, _ model: Profile.Prompt) -> Double {
    guard isHTTP2(turn) else { return model.head.http11 }
    return turn.isFirstOnConnection ? model.head.http2 : model.head.http2Later
  }

  /// On a new connection the client acknowledges the server's SETTINGS: that tells a choice that TLS 1.3 encrypts.
  private static func isHTTP2(_ turn: Turn) -> Bool {
    switch turn.http {
    case .http11: false
    case .http2, .http3: true
    case .unknown: !turn.isFirstOnConnection || turn.upstreamSizes.contains { $0 <= control }
    }
  }

  private static func isHead(_ octets: Int) -> Bool {
    octets <= most && !goFirstRecords.contains(octets)
  }
}
