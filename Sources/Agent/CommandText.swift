import StrictYAML

/// Words of a command line that are to be one of a few, or are to be written into a file.
enum CommandText {
  /// One of the raw values of a type.
  ///
  /// - Parameter others: words that the option takes beside them, for the message.
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ option: String, _ type: Choice.Type, also others: [String] = []
  ) throws(AgentError) -> Choice {
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue) + others
    throw unknown("one of \(known.joined(separator: ", "))", text, among: known, option: option)
  }

  /// A word that is none of those that are known, with the nearest of them.
  static func unknown(
    _ what: String, _ found: String, among known: [String], option: String? = nil
  ) -> AgentError {
    let near = NearMiss.suggestion(for: found, among: known).map { "; did you mean \($0)?" } ?? ""
    let place = option.map { "\($0): " } ?? ""
    return AgentError("\(place)expected \(what), found \(found.prefix(80))\(near)", status: .usage)
  }

  /// Whether a text can stand in one line of a file: no other white space than spaces, no control characters.
  static func checkLine(_ text: String, of option: String) throws(AgentError) {
    let isPlain = text.unicodeScalars.allSatisfy {
      (!$0.properties.isWhitespace || $0 == " ") && $0.properties.generalCategory != .control
    }
    guard isPlain, !text.allSatisfy(\.isWhitespace), text.utf8.count <= 1_000 else {
      throw AgentError("\(option): expected a line of text, at most 1,000 octets", status: .usage)
    }
  }
}
