import Foundation
import WireFormat

/// A table of known usage: CSV with a heading (RFC 4180; no field may hold a line end).
///
///     start,client,service,prompt,completion
///     2026-11-20T09:00:03.250Z,10.20.0.11,openai-api,182,127
///
/// | column | meaning |
/// |---|---|
/// | `start` | when the request began: seconds since 1970, or RFC 3339 in UTC |
/// | `time` or `end` | when the answer was over, as a log line written at its end says; instead of or beside `start` |
/// | `client` | the client's address; may be left out or empty |
/// | `service` | a service's or provider's id of the rules; may be left out or empty |
/// | `model` | read over: for whoever reads the table |
/// | `prompt`, `completion` | tokens; either may be empty, not both |
struct CalibrateTable {
  var known: [KnownUsage] = []

  /// More are no tokens of one call.
  static let mostTokens = 100_000_000
  private static let maximumByteCount = 256 << 20
  private static let columns = [
    "start", "time", "end", "client", "service", "model", "prompt", "completion",
  ]

  /// - Parameter names: the ids of services and providers that the rules know.
  /// - Throws: ``AgentError`` with every mistake as `file:line:column: error: what was expected`, at most twenty.
  init(path: String, names: [String]) throws(AgentError) {
    let text: String
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      guard data.count <= Self.maximumByteCount else {
        throw AgentError("\(path): more than 256 MiB", status: .dataError)
      }
      text = String(decoding: data, as: UTF8.self)
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
    try self.init(parsing: text, path: path, names: names)
  }

  init(parsing text: String, path: String, names: [String]) throws(AgentError) {
    try CalibrateCSV.read(
      text, path: path, columns: Self.columns,
      needed: [["start", "time", "end"], ["prompt", "completion"]],
      example: "start,prompt,completion"
    ) {
      if let row = Self.row($0, $1, names, $2) { known.append(row) }
    }
  }

  private static func row(
    _ columns: [String], _ fields: [CalibrateCSV.Field], _ names: [String],
    _ report: (Int, String) -> Void
  ) -> KnownUsage? {
    var (start, end): (Timestamp?, Timestamp?)
    var row = KnownUsage(start: Timestamp(nanoseconds: 0))
    var isGood = true
    func fail(_ field: CalibrateCSV.Field, _ expected: String) {
      report(field.column, "expected \(expected), found \(field.text)")
      isGood = false
    }
    for (name, field) in zip(columns, fields) where !field.text.isEmpty {
      switch name {
      case "start", "time", "end":
        guard let time = time(field.text) else {
          fail(field, timeForms)
          continue
        }
        if name == "start" { start = time } else { end = time }
      case "client":
        row.client = IPAddress(field.text)
        if row.client == nil { fail(field, "an address") }
      case "service":
        row.service = field.text
        if let problem = CalibrateNames.problem(field.text, "service or provider", in: names) {
          report(field.column, problem)
          isGood = false
        }
      case "prompt", "completion":
        guard let count = Int(field.text), (0...mostTokens).contains(count) else {
          fail(field, "a number of tokens from 0 to \(mostTokens)")
          continue
        }
        if name == "prompt" { row.prompt = count } else { row.completion = count }
      default: break
      }
    }
    guard isGood else { return nil }
    guard let time = start ?? end else {
      report(1, "expected a time in `start` or `time`")
      return nil
    }
    guard row.prompt != nil || row.completion != nil else {
      report(1, "expected tokens in `prompt` or `completion`")
      return nil
    }
    row.start = time
    row.end = end
    row.hasStart = start != nil
    return row
  }

  /// For messages.
  static let timeForms =
    "seconds since 1970 or a time such as 2026-11-20T09:00:03.25Z or 2026-11-20T10:00:03+01:00"

  /// Seconds since 1970 with decimals, or RFC 3339 with decimals of a second, an offset from UTC or none for UTC, and a
  /// blank for its `T` as logs have it.
  static func time(_ text: String) -> Timestamp? {
    var text = text
    var nanoseconds: Int64 = 0
    var ahead: Int64 = 0
    if text.hasSuffix("Z") || text.hasSuffix("z") {
      text.removeLast()
    } else if let offset = offset(text) {
      ahead = offset
      text.removeLast(6)
    }
    let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    if isPlain, ahead != 0 { return nil }
    if let dot = text.lastIndex(of: ".") {
      let digits = text[text.index(after: dot)...]
      guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(digits.prefix(9))
      else {
        return nil
      }
      nanoseconds = (min(9, digits.utf8.count)..<9).reduce(value) { product, _ in product * 10 }
      text = String(text[..<dot])
    }
    if (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) {
      return Int64(text).map { Timestamp(seconds: $0, nanoseconds: nanoseconds) }
    }
    let parts = text.replacing(" ", with: "T").replacing("t", with: "T")
    guard parts.utf8.count >= 10, parts.utf8.first.map({ (48...57).contains($0) }) == true,
      parts.contains("-"),
      let time = TimeText.parse(parts, now: Timestamp(nanoseconds: 0))
    else { return nil }
    let utc = time.advanced(byNanoseconds: nanoseconds).advanced(
      byNanoseconds: -ahead * 60_000_000_000)
    return utc < Timestamp(nanoseconds: 0) ? nil : utc
  }

  /// The minutes that a time is ahead of UTC, by its `time-numoffset` (RFC 3339, section 5.6); nil where it ends in none.
  private static func offset(_ text: String) -> Int64? {
    let end = Array(text.utf8.suffix(6))
    guard end.count == 6, text.utf8.count > 10, end[3] == UInt8(ascii: ":"),
      end[0] == UInt8(ascii: "+") || end[0] == UInt8(ascii: "-"),
      [1, 2, 4, 5].allSatisfy({ (48...57).contains(end[$0]) })
    else { return nil }
    func number(_ place: Int) -> Int64 { Int64(end[place] - 48) * 10 + Int64(end[place + 1] - 48) }
    guard number(1) < 24, number(4) < 60 else { return nil }
    return (end[0] == UInt8(ascii: "-") ? -1 : 1) * (number(1) * 60 + number(4))
  }
}
