import Testing

@testable import StrictYAML

@Suite("Lines of a text")
struct TextLinesTests {
  @Test(
    "end in LF, CR LF or CR",
    arguments: [
      ("", [""]), ("a", ["a"]), ("a\n", ["a", ""]), ("a\r\nb\nc\rd", ["a", "b", "c", "d"]),
      ("\r\r\n\n", ["", "", "", ""]), ("é\r", ["é", ""]), ("\u{feff}a\r\n", ["\u{feff}a", ""]),
    ])
  func splits(text: String, lines: [String]) {
    #expect(TextLines.split(text).map { String(Substring($0)) } == lines)
  }

  @Test("a parser puts what stands behind them in the same line", arguments: ["\n", "\r\n", "\r"])
  func agreesWithTheParser(end: String) throws {
    let text = ["a: 1", "# b", "c: 2"].joined(separator: end)
    guard case .mapping(let entries) = try YAMLNode.parse(text, path: "a").content else {
      Issue.record("no mapping")
      return
    }
    #expect(entries.map(\.keyLocation.line) == [1, 3] && TextLines.split(text).count == 3)
  }
}
