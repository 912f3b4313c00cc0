/// Reads what a reply says it cost, and counts its events.
///
/// Holds one event, one line or one unary body at a time, and drops it once it has been read.
struct ReplyReader {
  /// How a body is divided into documents.
  enum Form: Equatable { case json, lines, events, other }

  /// Octets of one event with the line that belongs to it, of one line or one unary body; a longer one is not read.
  static let maximumDocumentByteCount = 16 << 20

  private let form: Form
  private var usage = UsageCollector()
  /// Server-sent events, or lines; nil for a unary reply.
  private(set) var eventCount: Int?
  /// Something was too long to be read.
  private(set) var isTooLong = false
  /// What of a line, or of a unary body, has come.
  private var line: [UInt8] = []
  /// The data of the event that is not ended.
  private var data: [UInt8] = []
  private var hasData = false

  var heldByteCount: Int { line.count + data.count }

  init(_ form: Form) {
    self.form = form
    eventCount = form == .events || form == .lines ? 0 : nil
  }

  /// By a Content-Type: `text/event-stream`, `application/json`, and NDJSON by its two names.
  static func form(ofContentType type: String) -> Form {
    let name = type.lowercased().prefix { $0 != ";" && $0 != " " }
    return switch name {
    case "text/event-stream": .events
    case "application/x-ndjson", "application/ndjson", "application/jsonl",
      "application/stream+json":
      .lines
    case "application/json": .json
    default: .other
    }
  }

  mutating func read(_ octets: ArraySlice<UInt8>) {
    switch form {
    case .other: return
    case .json:
      guard line.count + octets.count <= Self.maximumDocumentByteCount else {
        isTooLong = true
        return
      }
      line += octets
    case .lines, .events:
      var start = octets.startIndex
      while start < octets.endIndex {
        let end = octets[start...].firstIndex(of: UInt8(ascii: "\n")) ?? octets.endIndex
        keep(octets[start..<end])
        guard end < octets.endIndex else { return }
        endLine()
        start = end + 1
      }
    }
  }

  /// What was stated, at the body's end.
  mutating func finish() -> ProviderUsage? {
    switch form {
    case .json:
      if !isTooLong { _ = usage.read(line[...]) }
    case .lines, .events:
      if !line.isEmpty { endLine() }
      if hasData { endEvent() }
    case .other: break
    }
    (line, data) = ([], [])
    return usage.usage
  }

  private mutating func keep(_ octets: ArraySlice<UInt8>) {
    guard line.count + data.count + octets.count <= Self.maximumDocumentByteCount else {
      isTooLong = true
      return
    }
    line += octets
  }

  private mutating func endLine() {
    var ended = line[...]
    defer { line.removeAll(keepingCapacity: line.count < 65_536) }
    if ended.last == UInt8(ascii: "\r") { ended.removeLast() }
    if form == .lines {
      guard !ended.isEmpty else { return }
      eventCount = (eventCount ?? 0) + 1
      _ = usage.read(ended)
      return
    }
    // WHATWG HTML, section 9.2.6: an empty line ends an event, `data` may stand several times in it.
    if ended.isEmpty {
      if hasData { endEvent() }
    } else if ended.starts(with: Self.dataField) {
      var value = ended.dropFirst(Self.dataField.count)
      if value.first == UInt8(ascii: " ") { value.removeFirst() }
      guard data.count + value.count <= Self.maximumDocumentByteCount else {
        isTooLong = true
        return
      }
      if hasData { data.append(UInt8(ascii: "\n")) }
      data += value
      hasData = true
    }
  }

  private static let dataField = Array("data:".utf8)

  private mutating func endEvent() {
    eventCount = (eventCount ?? 0) + 1
    _ = usage.read(data[...])
    data.removeAll(keepingCapacity: data.count < 65_536)
    hasData = false
  }
}
