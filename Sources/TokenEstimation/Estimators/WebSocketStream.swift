import TrafficModel

/// A reply of OpenAI's Responses API over WebSocket, where each event is a message of its own.
///
/// An event says the same as over HTTP. There it stands in a server-sent event and a chunk, and a head comes first:
///
///     event: response.output_text.delta LF data: {…} LF LF        16 octets and the event's type around the JSON
///
/// while a message has but a frame's head around it, of 2, 4 or 10 octets (RFC 6455, section 5.2). So a reply is told as the
/// stream that it would have been, and read as any other. No profile was fitted on messages of a real provider.
enum WebSocketStream {
  /// `response.created` takes as much at least; `response.in_progress`, which comes next, says the same and has four octets
  /// more.
  private static let leastEcho = 500
  private static let progress = 4
  /// Over HTTP the type stands twice in an event; response headers may by chance be as long as the first less four octets.
  private static let overHTTP: [Int] = [7, 8, 9]
  /// Octets of `response.completed` beyond the first event, at least.
  private static let leastCompleted = 250
  /// Octets around JSON in a server-sent event, with the type's own.
  private static let around = (created: 32, progress: 36, completed: 34, delta: 42, arguments: 53)
  /// JSON of a delta of arguments, and of one of text.
  private static let arguments = 186...202
  private static let delta = 217.0
  private static let mostTogether = 16
  /// Events at the end that repeat the text.
  private static let closing = 4
  /// The most that TLS puts into one record: a longer message goes on in the next.
  private static let largestRecord = 16_384
  /// Frames of control that come down are not larger.
  private static let mostControl: UInt16 = 8
  /// Octets of response headers, which a message does not have.
  private static let head: UInt16 = 600
  private static let fewestEvents = 4

  /// The turn as it would be over HTTP; nil when its records are no such messages, such as deflated ones.
  static func asEventStream(_ turn: Turn) -> Turn? {
    guard turn.downstreamSizes.count >= fewestEvents else { return nil }
    let messages = messages(turn.downstreamSizes)
    guard messages.count >= fewestEvents, let last = messages.last, messages[0] >= leastEcho,
      messages[1] - messages[0] == progress, last >= messages[0] + leastCompleted,
      !(turn.isWebSocket ? [] : overHTTP).contains(messages[2] - messages[1])
    else { return nil }
    var stream = turn
    stream.isWebSocket = true
    stream.downstreamSizes = [head]
    stream.downstreamSizes.reserveCapacity(messages.count + 1)
    var octets = Int(head)
    for (index, json) in messages.enumerated() {
      let event = json + Self.around(json, index: index, count: messages.count)
      let chunk = event + 4 + String(event, radix: 16).utf8.count
      stream.downstreamSizes.append(UInt16(clamping: chunk))
      octets += chunk
    }
    stream.downstream = Turn.Burst(byteCount: octets, recordCount: messages.count + 1)
    return stream
  }

  /// Octets of what each message says.
  private static func messages(_ sizes: [UInt16]) -> [Int] {
    var messages: [Int] = []
    var begun = 0
    // A ping before it was known that this is WebSocket is among the answer's records.
    for size in sizes where begun > 0 || size > mostControl {
      begun += Int(size)
      guard Int(size) < largestRecord else { continue }
      let frame = begun <= 127 ? 2 : begun < 65_540 ? 4 : 10
      messages.append(max(0, begun - frame))
      begun = 0
    }
    return messages
  }

  private static func around(_ json: Int, index: Int, count: Int) -> Int {
    switch index {
    case 0: around.created
    case 1: around.progress
    case count - 1: around.completed
    case count - closing..<count: around.delta
    default: arguments.contains(json) ? around.arguments : deltas(json)
    }
  }

  /// The same for a record that a proxy has put several deltas into, with the heads of their frames.
  private static func deltas(_ json: Int) -> Int {
    let count = max(1, min(mostTogether, Int((Double(json) / delta).rounded())))
    let heads = 4 * (count - 1)
    let isWhole =
      (Double(json - heads) - Double(count) * delta).magnitude <= 2 + 2 * Double(count)
    return count > 1 && isWhole ? count * around.delta - heads : around.delta
  }
}

extension ProfileSet {
  /// The turn as it is read: what has the form of messages as the stream over HTTP that it would be, where the named profile
  /// or a sibling reads such streams; nil when these are messages that none reads.
  func readable(_ turn: Turn, _ named: Profile) -> Turn? {
    guard turn.http == .http11, turn.transport != .http, turn.requestCount == 1 else { return turn }
    let streams = [named] + named.siblings.compactMap { self[$0] }
    if streams.contains(where: { $0.completion.reply == .responses }),
      let stream = WebSocketStream.asEventStream(turn)
    {
      return stream
    }
    return turn.isWebSocket ? nil : turn
  }
}
