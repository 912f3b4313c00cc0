import Testing

@testable import StrictYAML

@Suite("Strict decoding")
struct StrictDecoderTests {
  enum Colour: String, CaseIterable { case red, green, blue }

  /// The messages of decoding `text` with `body`, each as `line:column: message`.
  func messages(_ text: String, _ body: (MappingReader) -> Void) throws -> [String] {
    let decoder = StrictDecoder(path: "x")
    _ = decoder.mapping(try YAMLNode.parse(text, path: "x"), "a thing") { m -> Bool? in
      body(m)
      return true
    }
    return decoder.diagnostics.sorted().map { "\($0.line):\($0.column): \($0.message)" }
  }

  @Test func readsEachType() throws {
    let text = """
      name: a thing
      country: NO
      count: 12
      price: 0.25
      live: true
      day: 2024-02-29
      colour: green
      tags: [a, 'b']
      inner: {x: 1}
      """
    let decoder = StrictDecoder(path: "x")
    _ = decoder.mapping(try YAMLNode.parse(text, path: "x"), "a thing") { m -> Bool? in
      #expect(m.string("name") == "a thing")
      #expect(m.string("country") == "NO")
      #expect(m.int("count", in: 1...20) == 12)
      #expect(m.double("price") == 0.25)
      #expect(m.bool("live") == true)
      #expect(m.date("day")?.daysSince1970 == 19_782)
      #expect(m.choice("colour", as: Colour.self) == .green)
      #expect(m.strings("tags") == ["a", "b"])
      #expect(m.mapping("inner", "an inner") { $0.int("x") } == 1)
      #expect(m.optionalString("absent") == nil)
      return true
    }
    #expect(decoder.diagnostics == [])
  }

  @Test func collectsAllMistakes() throws {
    let found = try messages("nmae: x\ncount: many\nday: 2023-02-29\nextra: 1\n") { m in
      _ = m.string("name")
      _ = m.int("count")
      _ = m.date("day")
      _ = m.bool("live")
    }
    #expect(
      found == [
        "1:1: expected a key of a thing, found unknown key `nmae`; did you mean `name`?",
        "1:1: expected key `live` in a thing",
        "2:8: expected a whole number, found `many`",
        "3:6: expected a date as YYYY-MM-DD, found `2023-02-29`",
        "4:1: expected a key of a thing, found unknown key `extra` (known: name, count, day, live)",
      ])
  }

  @Test(
    "a value of another type is refused",
    arguments: [
      ("v: true", "expected a string (put it in quotes), found `true`"),
      ("v: 12", "expected a string (put it in quotes), found `12`"),
      ("v:", "expected a string, found nothing"),
      ("v: ~", "expected a string, found nothing"),
      ("v: []", "expected a string, found a list"),
      ("v: ''", "expected a string that is not empty, found ``"),
    ])
  func refusesWhatIsNoString(text: String, message: String) throws {
    #expect(try messages(text) { _ = $0.string("v") } == ["1:\(text == "v:" ? 3 : 4): \(message)"])
  }

  @Test(
    "a number must be plain, decimal and in range",
    arguments: ["'5'", "0x5", "+5", "5_0", "0", "99", "5.0", "9999999999999999999999"])
  func refusesNumbers(text: String) throws {
    let found = try messages("v: \(text)") { _ = $0.int("v", in: 1...10) }
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("1:4: expected a whole number from 1 to 10, found ") == true)
  }

  @Test("no infinity, no hexadecimal", arguments: [".inf", "inf", "nan", "0x1p4", "1e999", "no"])
  func refusesDoubles(text: String) throws {
    #expect(try messages("v: \(text)") { _ = $0.double("v") }.count == 1)
  }

  @Test func suggestsANearWord() throws {
    #expect(
      try messages("v: gren") { _ = $0.choice("v", as: Colour.self) } == [
        "1:4: expected one of red, green, blue (did you mean `green`?), found `gren`"
      ])
  }

  @Test func elementsThatAreWrongAreLeftOutAndReported() throws {
    var values: [String]?
    let found = try messages("v: [a, {}, b]") { values = $0.strings("v") }
    #expect(values == ["a", "b"])
    #expect(found == ["1:8: expected a string, found a mapping"])
  }

  @Test func keepsAtMostSoManyDiagnostics() throws {
    let text = (0..<500).map { "k\($0): 1" }.joined(separator: "\n")
    #expect(try messages(text) { _ in }.count == StrictDecoder.maximumDiagnosticCount)
  }
}

@Suite("Calendar dates")
struct CalendarDateTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("1970-12-31", 364), ("2000-02-29", 11_016), ("2026-11-21", 20_778),
    ("9999-12-31", 2_932_896),
  ])
  func countsDays(text: String, days: Int) {
    #expect(CalendarDate(text)?.daysSince1970 == days)
  }

  @Test(arguments: [
    "2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-1", "1969-12-31",
    "2026/01/01", "２026-01-01", "",
  ])
  func refuses(text: String) {
    #expect(CalendarDate(text) == nil)
  }
}
