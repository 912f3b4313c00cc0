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

  private static let maximumByteCount = 256 << 20
  private static let columns = [
    "start", "time", "end", "client", "service", "model", "prompt", "completion",
  ]

  /// - Throws: ``AgentError`` with every mistake as `file:line:column: error: what was expected`, at most twenty.
  init(path: String) throws(AgentError) {
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
    try self.init(parsing: text, path: path)
  }

  init(parsing text: String, path: String) throws(AgentError) {
    var mistakes: [String] = []
    func report(_ line: Int, _ column: Int, _ message: String) {
      if mistakes.count < 20 { mistakes.append("\(path):\(line):\(column): error: \(message)") }
    }
    var heading: [String]?
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (number, line) in lines.enumerated() {
      guard !line.allSatisfy(\.isWhitespace), !line.hasPrefix("#") else { continue }
      guard let fields = Self.fields(line) else {
        report(number + 1, 1, "expected a quotation mark at the end of a quoted field")
        continue
      }
      guard let names = heading else {
        heading = fields.map { $0.text.lowercased() }
        for field in fields where !Self.columns.contains(field.text.lowercased()) {
          report(
            number + 1, field.column,
            "expected a column of \(Self.columns.joined(separator: ", ")), found \(field.text)")
        }
        let found = heading ?? []
        if Set(found).count != found.count { report(number + 1, 1, "expected each column once") }
        if !found.contains(where: { ["start", "time", "end"].contains($0) }) {
          report(number + 1, 1, "expected a column `start` or `time`")
        }
        if !found.contains("prompt"), !found.contains("completion") {
          report(number + 1, 1, "expected a column `prompt` or `completion`")
        }
        // A heading that is not understood makes every row a mistake.
        if !mistakes.isEmpty { break }
        continue
      }
      guard fields.count == names.count else {
        report(number + 1, 1, "expected \(names.count) fields, found \(fields.count)")
        continue
      }
      if let row = Self.row(names, fields, { report(number + 1, $0, $1) }) { known.append(row) }
    }
    if heading == nil { report(1, 1, "expected a heading such as start,prompt,completion") }
    guard mistakes.isEmpty else {
      throw AgentError(mistakes.joined(separator: "\n"), status: .dataError)
    }
  }

  private struct Field {
    var text: String
    /// From 1.
    var column: Int
  }

  private static func row(
    _ names: [String], _ fields: [Field], _ report: (Int, String) -> Void
  ) -> KnownUsage? {
    var (start, end): (Timestamp?, Timestamp?)
    var row = KnownUsage(start: Timestamp(nanoseconds: 0))
    var isGood = true
    func fail(_ field: Field, _ expected: String) {
      report(field.column, "expected \(expected), found \(field.text)")
      isGood = false
    }
    for (name, field) in zip(names, fields) where !field.text.isEmpty {
      switch name {
      case "start", "time", "end":
        guard let time = time(field.text) else {
          fail(field, "seconds since 1970 or a time such as 2026-11-20T09:00:03.25Z")
          continue
        }
        if name == "start" { start = time } else { end = time }
      case "client":
        row.client = IPAddress(field.text)
        if row.client == nil { fail(field, "an address") }
      case "service": row.service = field.text
      case "prompt", "completion":
        guard let count = Int(field.text), (0...100_000_000).contains(count) else {
          fail(field, "a number of tokens")
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

  /// Seconds since 1970 with decimals, or RFC 3339 in UTC with decimals of a second.
  static func time(_ text: String) -> Timestamp? {
    var text = text
    var nanoseconds: Int64 = 0
    if text.hasSuffix("Z") { text.removeLast() }
    if text.hasSuffix("+00:00") { text.removeLast(6) }
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
    let parts = text.replacing(" ", with: "T")
    guard parts.utf8.count >= 10, parts.utf8.first.map({ (48...57).contains($0) }) == true,
      parts.contains("-"),
      let time = TimeText.parse(parts, now: Timestamp(nanoseconds: 0))
    else { return nil }
    return time.advanced(byNanoseconds: nanoseconds)
  }

  /// The fields of a line; nil when a quoted one does not end.
  private static func fields(_ line: Substring) -> [Field]? {
    var fields: [Field] = []
    var current = ""
    var begin = 1
    var column = 0
    var isQuoted = false
    var wasQuoted = false
    var rest = line[...]
    while let character = rest.popFirst() {
      column += 1
      if isQuoted {
        if character != "\"" {
          current.append(character)
        } else if rest.first == "\"" {
          current.append("\"")
          rest.removeFirst()
          column += 1
        } else {
          isQuoted = false
        }
      } else if character == "\"", current.allSatisfy(\.isWhitespace), !wasQuoted {
        current = ""
        (isQuoted, wasQuoted) = (true, true)
      } else if character == "," {
        fields.append(
          Field(text: current.trimmingCharacters(in: .whitespacesAndNewlines), column: begin))
        current = ""
        wasQuoted = false
        begin = column + 1
      } else {
        current.append(character)
      }
    }
    guard !isQuoted else { return nil }
    fields.append(
      Field(text: current.trimmingCharacters(in: .whitespacesAndNewlines), column: begin))
    return fields
  }
}
