import Testing
import TokenEstimation

@Suite("Profile files")
struct ProfileSetTests {
  static func mistakes(_ sources: [(path: String, text: String)]) -> [String] {
    do throws(ProfileErrors) {
      _ = try ProfileSet(compiling: sources)
      return []
    } catch {
      return error.lines
    }
  }

  @Test func aGoodFileCompiles() throws {
    let set = try ProfileSet(compiling: [(path: "a.yaml", text: try Fixture.profile())])
    let profile = try #require(set["test-stream"])
    #expect(profile.versionedID == "test-stream@3")
    #expect(profile.completion.byEvents?.bands.map(\.upTo) == [20, .infinity])
    #expect(set.contains("test-stream") && !set.contains("other"))
  }

  @Test(
    "each mistake is named with its place",
    arguments: [
      ("schema: 1", "schema: 2", "a.yaml:1:9: error: expected a whole number from 1 to 1"),
      ("perToken: 1\n", "perToken: 0\n", "a.yaml:13:15: error: expected a number from 0.01"),
      ("method: events", "method: event", "a.yaml:7:11: error:"),
      ("most: 345", "mots: 345", "did you mean `most`?"),
      ("most: 345", "most: 900", "expected least ≤ usual ≤ most < 2 × least"),
      ("      - {low: -0.02", "      - {upTo: 10, low: -0.02", "in ascending order of `upTo`"),
      ("kind: recorded bodies", "kind: hearsay", "a.yaml:34:9: error:"),
      ("bar: met", "bar: high", "a.yaml:39:128: error: expected one of met, missed"),
      (
        "perToken: 1\n", "perToken: 1\n    power: 3\n",
        "a.yaml:14:12: error: expected a number from 0.5 to 2.0"
      ),
      (
        "perToken: 1\n", "perToken: 1\n    least: 0\n",
        "a.yaml:14:12: error: expected a number from 1.0"
      ),
      (
        "  byEvents:", "  blocks: {start: 4}\n  byEvents:",
        "a.yaml:11:11: error: expected key `block`"
      ),
      (
        "  byEvents:",
        "  compressed: {opening: 9, closing: 9, usual: 9, overhead: 9, perEvent: 0}\n  byEvents:",
        "a.yaml:11:15: error: expected `byCompressedOctets` beside `compressed`"
      ),
      (
        "  byEvents:", "  reply: chat\n  byEvents:",
        "a.yaml:11:10: error: expected `byReply` beside `reply`"
      ),
      (
        "  byEvents:", "  reasoningFrom: 300\n  byEvents:",
        "a.yaml:11:18: error: expected `lattice` and `byReasoning` beside `reasoningFrom`"
      ),
      (
        "perToken: 1\n",
        """
        perToken: 1
            steps:
              - {upTo: 90, likely: 5, low: -1, high: 1, mean: 6}
              - {upTo: 80, likely: 5, low: -1, high: 1, mean: 6}

        """,
        "expected steps in ascending order of `upTo`"
      ),
    ])
  func mistakes(good: String, bad: String, message: String) throws {
    let text = try Fixture.profile().replacing(good, with: bad)
    let lines = Self.mistakes([(path: "a.yaml", text: text)])
    #expect(lines.contains { $0.contains(message) }, "\(lines)")
  }

  @Test func aProfileWithoutACardIsRefused() throws {
    let text = try Fixture.profile().replacing(/card:[\s\S]*/, with: "")
    #expect(
      Self.mistakes([(path: "a.yaml", text: text)]).contains {
        $0.contains("expected key `card` in a profile")
      })
    let empty = try Fixture.profile().replacing(/rows:[\s\S]*/, with: "rows: []\n")
    #expect(
      Self.mistakes([(path: "a.yaml", text: empty)]).contains {
        $0.contains("expected at least one row")
      })
  }

  @Test func idsAreUniqueAndNamesAreKnown() throws {
    let text = try Fixture.profile()
    #expect(
      Self.mistakes([(path: "a.yaml", text: text), (path: "b.yaml", text: text)]).contains {
        $0.hasPrefix("b.yaml:1:1: error:") && $0.contains("a second time")
      })
    let orphan = text.replacing("family: test", with: "family: test\nparent: nobody")
    #expect(
      Self.mistakes([(path: "a.yaml", text: orphan)]).contains {
        $0.contains("expected a profile of the set, found nobody")
      })
  }

  @Test func allMistakesOfAllFilesAreReported() throws {
    let text = try Fixture.profile()
    let lines = Self.mistakes([
      (path: "b.yaml", text: text.replacing("version: 3", with: "version: x")),
      (path: "a.yaml", text: "id: [\n"),
    ])
    #expect(lines.count >= 2)
    #expect(lines.first?.hasPrefix("a.yaml:") == true)
  }

  @Test func cardsAreText() throws {
    let set = try ProfileSet(compiling: [(path: "a.yaml", text: try Fixture.profile())])
    #expect(
      set.cardsText == """
        test-stream@3
          evidence  recorded bodies: invented for a test
          made      2026-11-21, none
          not seen  reasoning
          figure                        fitted tested   median      p90  in 90 % high/low     total     bar
          completion, events                 5      4    1.0 %    5.0 %   90.0 %     ×1.1    −2.0 %     met

        """)
    #expect(ProfileSet().cardsText == "No profiles.\n")
  }

  @Test func linesOfTheShippedCardsFit100Columns() throws {
    let lines = try Samples.shippedProfiles().cardsText.split(separator: "\n")
    #expect(lines.filter { $0.count > 100 } == [])
  }
}
