import Foundation

/// Reads CSV with a heading (RFC 4180; no field may hold a line end); `#` begins a comment.
enum CalibrateCSV {
  struct Field {
    var text: String
    /// From 1.
    var column: Int
  }

  /// Of more mistakes the first are told.
  private static let mostMistakes = 20

  /// - Parameters:
  ///   - columns: those that there may be, in lower case; nil where any may be.
  ///   - needed: of each of these lists one column at least.
  ///   - example: a heading, for messages.
  ///   - row: called with the names of the columns, the fields of a row and where to report a mistake: its column and
  ///     what was expected.
  /// - Throws: ``AgentError`` with every mistake as `file:line:column: error: what was expected`, at most twenty.
  static func read(
    _ text: String, path: String, columns: [String]?, needed: [[String]], example: String,
    row: (_ names: [String], _ fields: [Field], _ report: (Int, String) -> Void) -> Void
  ) throws(AgentError) {
    var mistakes: [String] = []
    func report(_ line: Int, _ column: Int, _ message: String) {
      if mistakes.count < mostMistakes {
        mistakes.append("\(path):\(line):\(column): error: \(message)")
      }
    }
    var heading: [String]?
    // Spreadsheets begin a file with a byte order mark.
    let text = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      let number = index + 1
      guard !line.allSatisfy(\.isWhitespace), !line.hasPrefix("#") else { continue }
      guard let fields = fields(line) else {
        report(number, 1, "expected a quotation mark at the end of a quoted field")
        continue
      }
      guard let names = heading else {
        let names = fields.map { $0.text.lowercased() }
        heading = names
        if let columns {
          for (name, field) in zip(names, fields) where !columns.contains(name) {
            report(
              number, field.column,
              // Not what was found: it may be a line of a key log.
              "expected a column of \(columns.joined(separator: ", ")), found another name")
          }
        }
        if Set(names).count != names.count { report(number, 1, "expected each column once") }
        for list in needed where !list.contains(where: names.contains) {
          let choices = list.prefix(2).map { "`\($0)`" }.joined(separator: " or ")
          report(number, 1, "expected a column \(choices)")
        }
        // A heading that is not understood makes every row a mistake.
        if !mistakes.isEmpty { break }
        continue
      }
      guard fields.count == names.count else {
        report(number, 1, "expected \(names.count) fields, found \(fields.count)")
        continue
      }
      row(names, fields) { report(number, $0, $1) }
    }
    if heading == nil { report(1, 1, "expected a heading such as \(example)") }
    guard mistakes.isEmpty else {
      throw AgentError(mistakes.joined(separator: "\n"), status: .dataError)
    }
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
