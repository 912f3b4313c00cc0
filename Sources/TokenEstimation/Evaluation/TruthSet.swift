package import TrafficModel
package import WireFormat

/// A labelled capture: what really crossed the wire, beside what was captured of it.
///
/// Schema 2 of `NAME.truth.json`; keys that are not listed here are let pass, so that a lab may say more.
package struct TruthSet: Sendable {
  /// What kind of evidence it is. Figures of different kinds are never put together.
  package enum Kind: String, Sendable, CaseIterable, Comparable {
    /// Ciphertext of a provider's own servers.
    case real
    /// Bodies that a provider once sent, replayed through servers of ours.
    case recorded
    /// Bodies made up by a script.
    case synthetic

    package static func < (a: Kind, b: Kind) -> Bool { a.rank < b.rank }
    private var rank: Int {
      switch self {
      case .real: 0
      case .recorded: 1
      case .synthetic: 2
      }
    }
  }

  package var kind: Kind
  /// The capture's file name, as the truth gives it.
  package var capture: String
  /// How the set was made, in words.
  package var recipe: String
  package var turns: [TrueTurn]
  package var nonTurns: [NonTurn]

  package static let schema = 2
  package static let maximumTurns = 200_000

  /// Reads the file's text.
  ///
  /// - Throws: ``TruthMistake`` with the first mistake: another schema, a missing member, a wrong type, a number out of
  ///   range, no turn at all.
  package init(reading root: JSONNode) throws(TruthMistake) {
    let top = try JSONNode.Members(root, "a labelled set")
    let schema = try top.required("schema")
    guard case .number(Double(Self.schema)) = schema.value else {
      throw TruthMistake(
        schema.offset, "`schema`: expected \(Self.schema), the one known, found \(schema.summary)")
    }
    kind = try top.choice("kind", as: Kind.self)
    capture = try top.string("capture")
    recipe = try top.optionalString("recipe") ?? ""
    let list = try top.list("turns", most: Self.maximumTurns)
    guard !list.isEmpty else {
      throw TruthMistake(
        try top.required("turns").offset, "`turns`: expected at least one turn, found none")
    }
    turns = []
    turns.reserveCapacity(list.count)
    for node in list { turns.append(try TrueTurn(reading: node)) }
    nonTurns = []
    for node in try top.optionalList("non_turns", most: Self.maximumTurns) {
      nonTurns.append(try NonTurn(reading: node))
    }
  }
}

/// One exchange as it really was.
package struct TrueTurn: Sendable {
  package enum Transport: String, Sendable, CaseIterable { case tls, quic, http }
  package enum HTTPVersion: String, Sendable, CaseIterable {
    case http11 = "1.1"
    case http2 = "2"
    case http3 = "3"
  }

  /// Tokens, in one meaning for all providers (see docs/accuracy.md); nil where nobody knows.
  package struct Usage: Sendable, Equatable {
    /// Every input token billed.
    package var promptTotal: Int?
    /// Output tokens whose text or arguments cross the wire.
    package var completionVisible: Int?
    /// Output tokens that do not.
    package var reasoning: Int

    package init(promptTotal: Int?, completionVisible: Int?, reasoning: Int = 0) {
      self.promptTotal = promptTotal
      self.completionVisible = completionVisible
      self.reasoning = reasoning
    }
  }

  package var client: Endpoint
  package var server: Endpoint
  /// At the capture point, from the first packet of the request to the last of the response.
  package var start: Timestamp
  package var end: Timestamp
  package var transport = Transport.tls
  package var http = HTTPVersion.http11
  package var path = ""
  package var serviceID: String
  package var model = ""
  package var isStream = true
  package var offersTools = false
  package var hasImages = false
  /// Octets of the HTTP bodies as they stand inside TLS.
  package var requestBodyBytes: Int?
  package var responseBodyBytes: Int?
  package var usage: Usage
  /// The capture began or stopped within the turn.
  package var isCut = false
  /// Where the body came from.
  package var source = ""

  package init(
    client: Endpoint, server: Endpoint, start: Timestamp, end: Timestamp, serviceID: String,
    usage: Usage
  ) {
    (self.client, self.server) = (client, server)
    (self.start, self.end) = (start, end)
    self.serviceID = serviceID
    self.usage = usage
  }

  /// Counts beyond these are no tokens and no octets of one turn.
  package static let mostTokens = 1_000_000_000
  static let mostOctets = 1_000_000_000_000

  init(reading node: JSONNode) throws(TruthMistake) {
    let turn = try JSONNode.Members(node, "a turn")
    client = try Endpoint(reading: turn.required("client"), "client")
    server = try Endpoint(reading: turn.required("server"), "server")
    start = try Timestamp(reading: turn.required("start"), "start")
    end = try Timestamp(reading: turn.required("end"), "end")
    guard start <= end else {
      throw TruthMistake(
        try turn.required("end").offset, "`end`: expected a time not before `start`")
    }
    transport = try turn.choice("transport", as: Transport.self)
    http = try turn.choice("http", as: HTTPVersion.self)
    path = try turn.optionalString("path") ?? ""
    serviceID = try turn.string("service")
    model = try turn.optionalString("model") ?? ""
    isStream = try turn.bool("stream", default: false)
    offersTools = try turn.bool("tools", default: false)
    hasImages = try turn.bool("images", default: false)
    requestBodyBytes = try turn.optionalCount("request_body_bytes", in: 0...Self.mostOctets)
    responseBodyBytes = try turn.optionalCount("response_body_bytes", in: 0...Self.mostOctets)
    isCut = try turn.optionalString("cut") != nil
    source = try turn.optionalString("source") ?? ""
    let counts = try JSONNode.Members(turn.required("usage"), "the usage")
    let tokens = 0...Self.mostTokens
    usage = Usage(
      promptTotal: try counts.count("prompt_total", in: tokens),
      completionVisible: try counts.count("completion_visible", in: tokens),
      reasoning: try counts.optionalCount("reasoning", in: tokens) ?? 0)
  }
}

/// Something on a provider's connection that is no turn: a list of models, telemetry.
package struct NonTurn: Sendable {
  package var client: Endpoint
  package var server: Endpoint
  package var start: Timestamp

  package init(client: Endpoint, server: Endpoint, start: Timestamp) {
    (self.client, self.server, self.start) = (client, server, start)
  }

  init(reading node: JSONNode) throws(TruthMistake) {
    let members = try JSONNode.Members(node, "what is no turn")
    client = try Endpoint(reading: members.required("client"), "client")
    server = try Endpoint(reading: members.required("server"), "server")
    start = try Timestamp(reading: members.required("start"), "start")
  }
}

extension Endpoint {
  /// `["10.20.0.11", 40112]`
  init(reading node: JSONNode, _ name: String) throws(TruthMistake) {
    let parts = try node.list(name, most: 2)
    guard let first = parts.first, let last = parts.dropFirst().first else {
      throw TruthMistake(node.offset, "`\(name)`: expected an address and a port")
    }
    let text = try first.string(name)
    guard let address = IPAddress(text) else {
      throw TruthMistake(first.offset, "`\(name)`: expected an IP address, found \(first.summary)")
    }
    self.init(address: address, port: UInt16(clamping: try last.integer(name, in: 0...65_535)))
  }
}

extension Timestamp {
  /// Seconds since 1970, with a fraction; until 2262.
  init(reading node: JSONNode, _ name: String) throws(TruthMistake) {
    let seconds = try node.number(name, in: 0...9_223_372_036)
    self.init(nanoseconds: Int64((seconds * 1e6).rounded()) * 1_000)
  }
}
