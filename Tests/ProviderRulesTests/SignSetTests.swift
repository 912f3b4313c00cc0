import Testing

@testable import ProviderRules

@Suite("names that look like AI")
struct SignSetTests {
  private static let text = """
    schema: 1
    signs:
      - {in: top, strength: weak, reason: r, words: [ai]}
      - {in: first, strength: weak, reason: r, words: [chat]}
      - {in: part, strength: strong, reason: r, words: [llm, gpt]}
      - {in: within, strength: strong, reason: r, words: [chatgpt]}
    except: [island.ai]

    """

  private func signs(_ text: String = text) throws -> SignSet {
    try SignSet(compiling: RuleSource(path: "signs.yaml", text: text))
  }

  @Test(
    "a word is found where it is looked for",
    arguments: [
      ("shop.ai", ".ai", true), ("SHOP.AI.", ".ai", true), ("chat.example.org", "chat.", true),
      ("llm.example.org", "“llm” as a word", false), ("my-gpt4.example", "“gpt” as a word", false),
      ("a.gpt-proxy.example", "“gpt” as a word", false),
      ("mychatgptapp.example", "“chatgpt” within", false),
      ("chat.gpt.ai", "“gpt” as a word", false),
    ])
  func finds(name: String, text: String, isWeak: Bool) throws {
    #expect(try signs().sign(of: name) == SignSet.Sign(text: text, isWeak: isWeak))
  }

  @Test(
    "and nowhere else",
    arguments: [
      "example.org", "ai.example.org", "chat.org", "my.chat.example.org", "egpt.example",
      "llmx.example", "example.gpt", "island.ai", "www.island.ai", "hai", "ai", "", ".", "-",
      "chatgp",
    ])
  func leaves(name: String) throws {
    let sign = try signs().sign(of: name)
    // A single label is asked about by nobody, and may be anything.
    #expect(sign == nil || !name.contains("."))
  }

  @Test(
    "each mistake is named with its place",
    arguments: [
      (
        "schema: 1\nsigns:\n  - {in: middle, strength: weak, reason: r, words: [ai]}\n",
        "signs.yaml:3:10:"
      ),
      (
        "schema: 1\nsigns:\n  - {in: top, strength: weak, reason: r, words: [a]}\n",
        "signs.yaml:3:50:"
      ),
      (
        "schema: 1\nsigns:\n  - {in: top, strength: weak, reason: r, words: [ai, ai]}\n",
        "signs.yaml:3:54:"
      ),
      (
        "schema: 1\nsigns:\n  - {in: top, strength: weak, reason: r, word: [ai]}\n",
        "signs.yaml:3:42:"
      ),
      ("schema: 2\nsigns: []\n", "signs.yaml:1:9:"),
      ("schema: 1\nsigns: []\nexcept: ['a b']\n", "signs.yaml:3:9:"),
    ])
  func namesMistakes(text: String, place: String) {
    let error = #expect(throws: RuleErrors.self) { try signs(text) }
    #expect(error?.diagnostics.first?.description.hasPrefix(place) == true)
  }

  @Test func noFileMeansNoSigns() {
    #expect(SignSet.none.sign(of: "chatgpt.ai") == nil)
  }
}
