import WireFormat

/// What a proxy answers, read from its direction as a stream until it tells whether the client is connected.
///
///     CONNECT:  status line, 2xx is a success, 1xx is followed by another; head                RFC 9110, section 9.3.6
///     SOCKS 4:  0, reply 1 (90 = granted), port 2, address 4
///     SOCKS 5:  5, method 1                                                                    RFC 1928, section 3
///               1, status 1 (0 = success), where the method is 2, a password                   RFC 1929, section 2
///               5, reply 1 (0 = succeeded), 0, address type 1, address, port 2                 RFC 1928, section 6
struct ProxyAnswer {
  enum State { case waiting, accepted, refused }

  private enum Stage { case statusLine, socks4, method, password, reply }

  private(set) var state = State.waiting
  /// The client's side is the endpoint that sorts first.
  let clientIsLow: Bool
  private var stage: Stage
  /// Octets that have come of a part that is not whole.
  private(set) var octets: [UInt8] = []

  /// An answer to CONNECT.
  static func toConnect(clientIsLow: Bool) -> ProxyAnswer {
    ProxyAnswer(clientIsLow: clientIsLow, stage: .statusLine)
  }

  /// An answer to a request of SOCKS 4.
  static func toSOCKS4(clientIsLow: Bool) -> ProxyAnswer {
    ProxyAnswer(clientIsLow: clientIsLow, stage: .socks4)
  }

  /// What is answered to a greeting of SOCKS 5 and to all that follows it.
  static func toSOCKS5(clientIsLow: Bool) -> ProxyAnswer {
    ProxyAnswer(clientIsLow: clientIsLow, stage: .method)
  }

  private init(clientIsLow: Bool, stage: Stage) {
    self.clientIsLow = clientIsLow
    self.stage = stage
  }

  /// Takes octets that are next in the proxy's direction. Those behind the answer are the far end's.
  mutating func append(_ bytes: RawSpan) {
    var gathered = octets
    octets = []
    let room = max(0, ProbingFlow.maximumPreamble - gathered.count)
    gathered.append(contentsOf: bytes.extracting(0..<min(room, bytes.byteCount)).copied())
    var start = 0
    // Each part takes octets, and is looked at once; there are three, or a few interim responses.
    for _ in 0..<8 where state == .waiting {
      guard let count = read(gathered.octets.extracting(droppingFirst: start)) else { break }
      start = min(start + count, gathered.count)
    }
    guard state == .waiting, gathered.count < ProbingFlow.maximumPreamble else { return }
    octets = Array(gathered[start...])
  }

  /// Reads the part that is next.
  ///
  /// - Returns: its octets; nil while it is not whole.
  private mutating func read(_ bytes: RawSpan) -> Int? {
    guard let first = bytes.octet(at: 0) else { return nil }
    if stage == .statusLine { return readStatusLine(bytes) }
    guard let second = bytes.octet(at: 1) else { return nil }
    switch stage {
    case .statusLine:
      return nil
    case .socks4:
      guard first == 0, second == 90 else { return refuse() }
      guard bytes.byteCount >= 8 else { return nil }
      state = .accepted
      return 8
    case .method:
      guard first == 5, second == 0 || second == 2 else { return refuse() }
      stage = second == 2 ? .password : .reply
      return 2
    case .password:
      guard first == 1, second == 0 else { return refuse() }
      stage = .reply
      return 2
    case .reply:
      guard first == 5, second == 0, bytes.octet(at: 2) ?? 0 == 0 else { return refuse() }
      guard let type = bytes.octet(at: 3), let length = bytes.octet(at: 4) else { return nil }
      let count: Int
      switch type {
      case 1: count = 10
      case 3: count = 7 + Int(length)
      case 4: count = 22
      default: return refuse()
      }
      guard bytes.byteCount >= count else { return nil }
      state = .accepted
      return count
    }
  }

  private mutating func readStatusLine(_ bytes: RawSpan) -> Int? {
    let end = bytes.firstOffset(of: UInt8(ascii: "\n"), in: 0..<bytes.byteCount)
    let line = bytes.extracting(0..<(end.map { $0 + 1 } ?? bytes.byteCount))
    do throws(WireError) {
      let status = try HTTPResponseHead(parsing: line).statusCode
      guard status < 200 else {
        state = status < 300 ? .accepted : .refused
        return line.byteCount
      }
      // Behind an interim response stands another.
      return try HTTPResponseHead(parsing: bytes).byteCount
    } catch {
      if case .truncated = error { return nil }
      // The body of an earlier answer, perhaps: the next one begins with a segment.
      return bytes.byteCount
    }
  }

  private mutating func refuse() -> Int? {
    state = .refused
    return nil
  }
}
