package import TrafficModel
package import WireFormat

/// The second form of a labelled set: streamed replies as lists of sizes, without packets.
///
/// A list of objects with `data_lengths`, `time_diffs` (seconds), `response_token_count`, and perhaps `timestamp` and
/// `response`. The lengths are frames: 66 octets of Ethernet, IPv4 and TCP with timestamps over the TLS records. The
/// first frame is the server's handshake flight. A frame that holds the commonest payload several times over holds so
/// many records; any other is taken for one. Requests are not in it.
package struct SizesList: Sendable {
  /// One reply with its truth. Its sizes are in memory only, and private.
  package struct Stream: Sendable {
    package var start: Timestamp
    package var end: Timestamp
    package var tokens: Int
    /// Octets of the answer's text in UTF-8.
    package var textBytes: Int?
    /// The client's port, 0 where it is not given.
    package var port: UInt16
    /// TCP payloads.
    fileprivate var payloads: [Int]
  }

  package private(set) var streams: [Stream]
  private let commonest: Int?

  package static let maximumStreams = 200_000
  package static let maximumLengths = 65_536

  fileprivate static let headerOctets = 66
  /// Header, content type and tag of a TLS 1.3 record (RFC 8446, section 5.2).
  private static let recordOverhead = 22

  /// - Throws: ``TruthMistake`` with the first mistake.
  package init(reading root: JSONNode) throws(TruthMistake) {
    guard case .array(let nodes) = root.value else {
      throw TruthMistake(root.offset, "expected a list of streams, found \(root.summary)")
    }
    guard !nodes.isEmpty, nodes.count <= Self.maximumStreams else {
      throw TruthMistake(
        root.offset,
        "expected from 1 to \(Self.maximumStreams) streams, found "
          + (nodes.isEmpty ? "none" : "\(nodes.count)"))
    }
    streams = []
    streams.reserveCapacity(nodes.count)
    var frequencies: [Int: Int] = [:]
    for node in nodes {
      let stream = try Stream(reading: node)
      for payload in stream.payloads where payload > 2 * Self.recordOverhead {
        frequencies[payload, default: 0] += 1
      }
      streams.append(stream)
    }
    commonest = frequencies.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// The stream as a turn over TLS 1.3 and HTTP/1.1; of its request nothing is known.
  package func turn(of stream: Stream) -> Turn {
    var turn = Turn(start: stream.start, transport: .tls13, http: .http11)
    turn.end = stream.end
    for payload in stream.payloads {
      var (count, size) = (1, payload)
      if let commonest, payload >= commonest, payload.isMultiple(of: commonest) {
        (count, size) = (payload / commonest, commonest)
      }
      let record = size - Self.recordOverhead
      guard record > 0 else { continue }
      turn.downstream.recordCount += count
      turn.downstream.byteCount += count * record
      let room = Turn.maximumRecordSizes - turn.downstreamSizes.count
      turn.downstreamSizes += Array(
        repeating: UInt16(clamping: record), count: max(0, min(count, room)))
    }
    return turn
  }
}

extension SizesList.Stream {
  fileprivate init(reading node: JSONNode) throws(TruthMistake) {
    let members = try JSONNode.Members(node, "a stream")
    let lengths = try members.list("data_lengths", most: SizesList.maximumLengths)
    guard !lengths.isEmpty else {
      throw TruthMistake(
        try members.required("data_lengths").offset, "`data_lengths`: expected at least one length")
    }
    payloads = []
    payloads.reserveCapacity(lengths.count)
    for (index, length) in lengths.enumerated() {
      let octets = try length.integer("data_lengths", in: 0...1_000_000)
      if index > 0 { payloads.append(octets - SizesList.headerOctets) }
    }
    var seconds = 0.0
    for gap in try members.optionalList("time_diffs", most: SizesList.maximumLengths) {
      // The clock of a capture may step back.
      seconds += try gap.number("time_diffs", in: -86_400...86_400)
    }
    start = Timestamp(nanoseconds: 0)
    if let node = members.optional("timestamp") {
      start = try Timestamp(reading: node, "timestamp")
    }
    end = start.advanced(byNanoseconds: Int64(min(max(0, seconds), 1e9) * 1e9))
    tokens = try members.required("response_token_count").integer(
      "response_token_count", in: 0...TrueTurn.mostTokens)
    textBytes = try members.optionalString("response")?.utf8.count
    port = UInt16(clamping: try members.optionalCount("local_port", in: 0...65_535) ?? 0)
  }
}
