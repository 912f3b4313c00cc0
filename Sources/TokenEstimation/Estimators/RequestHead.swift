import TrafficModel

/// Octets of a request's headers, where its records show them.
///
/// Clients that write headers and body apart (httpx, and with it the Python packages of most providers) send them in
/// records of their own: the first is the headers in HTTP/1.1, the last the body in HTTP/2, where a preface, SETTINGS
/// and HEADERS may come before it.
enum RequestHead {
  /// More octets than these are no request headers.
  private static let most = 1200
  /// Fewer are none either in HTTP/1.1; in HTTP/2 they are control frames.
  private static let least = 64
  /// A preface, HEADERS and DATA.
  private static let mostHTTP2Records = 3

  /// - Returns: nil when headers and body share a record, or cannot be told apart.
  static func octets(of turn: Turn) -> Int? {
    let sizes = turn.upstreamSizes
    guard sizes.count >= 2, sizes.count == turn.upstream.recordCount || turn.http == .http11 else {
      return nil
    }
    switch turn.http {
    case .http11:
      let head = Int(sizes[0])
      guard head > least, head <= most, turn.upstream.byteCount > head else { return nil }
      return head
    case .http2:
      let requests = sizes.filter { Int($0) > least }
      guard requests.count >= 2, requests.count <= mostHTTP2Records else { return nil }
      let head = turn.upstream.byteCount - Int(requests[requests.count - 1])
      return head > 0 && head <= most ? head : nil
    case .http3, .unknown:
      return nil
    }
  }
}
