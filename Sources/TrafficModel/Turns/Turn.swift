package import WireFormat

/// One request burst upstream and its response burst downstream on one flow.
///
/// The sizes and times of single records are here for the estimator, live in memory while the turn does, and are
/// written nowhere: they would betray the topic of a conversation (Whisper Leak, arXiv 2511.03675). For the same reason
/// `Turn` is neither `Codable` nor `CustomStringConvertible`.
package struct Turn: Sendable {
  /// What the exchange travelled in.
  package enum Transport: String, Sendable {
    case tls12, tls13, quic
    /// In the clear.
    case http
  }

  /// The application protocol, as ALPN or the first octets say.
  package enum HTTPVersion: String, Sendable {
    case http11, http2, http3, unknown
  }

  /// One burst's totals in one direction.
  package struct Burst: Sendable {
    /// Application octets: TLS plaintext octets (record length less the cipher's overhead; HTTP framing is within),
    /// datagram octets less estimated overhead for QUIC, TCP payload for clear HTTP.
    package var byteCount = 0
    /// TLS records (datagrams for QUIC, segments for clear HTTP) that carried them.
    package var recordCount = 0

    package init(byteCount: Int = 0, recordCount: Int = 0) {
      self.byteCount = byteCount
      self.recordCount = recordCount
    }
  }

  package var start: Timestamp
  package var end: Timestamp
  /// When the first octet of the response came.
  package var firstResponse: Timestamp?
  package var transport: Transport
  package var http: HTTPVersion
  package var upstream = Burst()
  package var downstream = Burst()
  /// Net octets of each downstream record in order, at most ``maximumRecordSizes`` of them.
  package var downstreamSizes: [UInt16] = []
  /// Net octets of the first upstream records, at most ``maximumUpstreamSizes``: many clients write the head and the body
  /// of a request as records of their own.
  package var upstreamSizes: [UInt16] = []
  /// Nothing that could be a request went up on the connection before, as far as we saw it.
  package var isFirstOnConnection = false
  /// Right before the first record went up another, larger than HTTP/2's control frames and smaller than a request: headers
  /// that HPACK has shrunk.
  package var followsSmallRecord = false
  /// Octets of the request that have been added in small steps by the requests before it: see ``RequestGrowth``.
  package var grownOctets = 0
  /// The connection has left HTTP/1.1 for WebSocket, as the sizes of its records tell: each message is a record or more,
  /// without a head.
  package var isWebSocket = false
  /// Requests within: more than one where streams of HTTP/2 or HTTP/3 ran side by side and could not be told apart.
  package var requestCount = 1
  /// Octets known to be missing from the capture within the turn.
  package var missedByteCount = 0
  /// The capture, or the flow as we saw it, began within the turn.
  package var startIsCut = false
  /// The capture ended, or the flow was evicted, within the turn.
  package var endIsCut = false
  /// Tokens that the exchange itself stated in the clear (Ollama: `prompt_eval_count`, `eval_count`).
  package var statedUsage: StatedUsage?

  package struct StatedUsage: Sendable, Equatable {
    package var promptTokens: Int
    package var completionTokens: Int
    package init(promptTokens: Int, completionTokens: Int) {
      self.promptTokens = promptTokens
      self.completionTokens = completionTokens
    }
  }

  /// Whether the response came as a model writes: at least five small records over at least a tenth of a second. A page
  /// or a file comes in a few large ones, or all at once.
  package var isStreamed: Bool {
    guard downstream.recordCount >= 5, let firstResponse, end.since(firstResponse) >= 100_000_000
    else { return false }
    return downstream.byteCount / downstream.recordCount < 4_096
  }

  /// Sizes kept for one turn; past this the tail is left out, `recordCount` and `byteCount` still count it.
  package static let maximumRecordSizes = 16_384

  package static let maximumUpstreamSizes = 16

  package init(start: Timestamp, transport: Transport, http: HTTPVersion) {
    self.start = start
    self.end = start
    self.transport = transport
    self.http = http
  }
}
