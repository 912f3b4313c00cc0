import Testing

@testable import ProviderRules

@Suite("Mistakes in provider files")
struct RuleErrorsTests {
  /// One rule under `match`, line 11 of the file; its mistakes are what the test is about.
  func messages(rule: String, hit: String = "a.test") -> [String] {
    RuleText.messages([RuleText.provider("p", match: "domains: [\(rule)]", hit: hit)])
  }

  @Test(
    "a bad name is refused with its place",
    arguments: [
      ("{suffix: com, evidence: usage}", "11:32: expected at least two labels"),
      ("{suffix: co.uk, evidence: usage}", "11:32: expected a name below `co.uk`"),
      ("{suffix: '*.a.test', evidence: usage}", "11:32: expected a name without `*.`"),
      ("{suffix: A.test, evidence: usage}", "11:32: expected a host name of a-z"),
      ("{suffix: a..test, evidence: usage}", "11:32: expected labels of 1 to 63 octets"),
      ("{suffix: a.test., evidence: usage}", "11:32: expected a name without the trailing dot"),
      ("{suffix: 192.0.2.1, evidence: usage}", "11:32: expected a host name, found an address"),
      ("{suffix: 'bücher.test', evidence: usage}", "11:32: expected a host name of a-z"),
      ("{suffix: a.test, evidence: use}", "11:50: expected one of usage, content"),
      ("{sufix: a.test, evidence: usage}", "11:24: expected a key of a domain rule"),
      ("{suffix: a.test, exact: b.test, evidence: usage}", "11:23: expected one of exact, suffix"),
      ("{suffix: a.test}", "11:23: expected key `evidence`"),
      (
        "{suffix: a.test, evidence: usage, needs: {name: b.test, within: 30s}}",
        "11:64: expected `shared: true`"
      ),
      (
        "{suffix: a.test, evidence: usage, shared: true, needs: {name: b.a.test, within: 30s}}",
        "11:78: expected another name than those that the rule matches, found `b.a.test`"
      ),
      (
        "{suffix: a.test, evidence: usage, shared: true, needs: {name: b.test, within: 3m}}",
        "11:101: expected seconds"
      ),
    ])
  func refusesName(rule: String, start: String) {
    let found = messages(rule: rule)
    #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
  }

  @Test(
    "a bad pattern is refused where it goes wrong",
    arguments: [
      ("a\\.b\\.test$", "11:32: expected `^`"),
      ("^a\\.b\\.test", "11:43: expected `$`"),
      ("^a.b\\.test$", "11:34: expected `\\.`"),
      ("^[a-z]+\\.test$", "11:32: expected the pattern to end in at least two literal labels"),
      ("^A\\.b\\.test$", "11:33: expected lower case"),
      ("^(a|b\\.c\\.test$", "11:46: expected `)`"),
      ("^[z-a]\\.b\\.test$", "11:35: expected a range"),
      ("^a{3,1}\\.b\\.test$", "11:39: expected the larger count"),
      ("^a{99}\\.b\\.test$", "11:37: expected a count of at most"),
      ("^((((((((((a))))))))))\\.b\\.test$", "11:42: expected fewer nested groups"),
      ("^(((((){63}){63}){63}){63})\\.b\\.test$", "11:32: expected a shorter pattern"),
      ("^(a{60}){60}\\.b\\.test$", "11:32: expected a shorter pattern"),
      ("^a\\.b\\.test$x$", "11:44: expected a host name's characters"),
    ])
  func refusesPattern(pattern: String, start: String) {
    let found = messages(rule: "{regex: '\(pattern)', evidence: usage, examples: [a.b.test]}")
    #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
  }

  @Test func examplesAreHeldAgainstTheRules() {
    let source = RuleText.provider(
      "p", match: "domains: [{suffix: a.test, evidence: usage}]", hit: "a.test, b.test",
      miss: "b.test, x.a.test")
    #expect(
      RuleText.messages([source]) == [
        "15:30: expected `b.test` to match `p`, found none",
        "15:54: expected `x.a.test` not to match `p`, found `suffix a.test` in providers/p.yaml:11",
      ])
  }

  @Test func aPatternsExamplesMustMatchIt() {
    let found = messages(
      rule: "{regex: '^eu-\\d\\.a\\.test$', evidence: usage, examples: [eu-x.a.test]}",
      hit: "eu-1.a.test")
    #expect(
      found == ["11:79: expected a name that `^eu-\\d\\.a\\.test$` matches, found `eu-x.a.test`"])
  }

  @Test func oneNameInTwoServicesIsAnError() {
    let match = "domains: [{suffix: a.test, evidence: usage}]"
    let found = RuleText.messages([
      RuleText.provider("p", match: match, hit: "a.test"),
      RuleText.provider("q", match: match, hit: "a.test"),
    ])
    #expect(
      found == [
        "11:23: expected each name in one service only, found `suffix a.test` as in providers/p.yaml:11"
      ])
  }

  @Test func idsThatOccurTwiceAreAnError() {
    let second = RuleText.provider(
      "q", match: "domains: [{suffix: b.test, evidence: usage}]", hit: "b.test", service: "p")
    let third = RuleSource(path: "elsewhere/q.yaml", text: second.text)
    let first = RuleText.provider(
      "p", match: "domains: [{suffix: a.test, evidence: usage}]", hit: "a.test")
    let found = RuleText.messages([first, second, third])
    #expect(found.contains("7:9: expected a new service id, found `p` as in providers/p.yaml:7"))
    #expect(found.contains { $0.hasPrefix("2:5: expected a new provider id, found `q` as in") })
  }

  @Test func aRuleThatIsATrapIsAnError() {
    let found = RuleText.messages(
      [
        RuleText.provider(
          "p", match: "domains: [{suffix: a.test, evidence: usage}]", hit: "a.test")
      ], traps: RuleText.traps(["a.test"]))
    #expect(
      found == ["11:23: expected a name that is no trap, found `a.test` as in traps.yaml:5"])
  }

  @Test func theFileIsNamedAfterItsProvider() {
    let source = RuleText.provider(
      "p", match: "domains: [{suffix: a.test, evidence: usage}]", hit: "a.test")
    let moved = RuleSource(path: "rules/providers/q.yaml", text: source.text)
    #expect(
      RuleText.messages([moved]) == ["2:5: expected the file to be named `p.yaml`, found `q.yaml`"])
  }

  @Test(
    "blocks and paths are checked",
    arguments: [
      (
        "ips: [{cidr: 192.0.2.1/24, direction: ingress, source: https://a.test}]",
        "11:26: expected a block such as"
      ),
      (
        "ips: [{cidr: 0.0.0.0/0, direction: ingress, source: https://a.test}]",
        "11:26: expected a longer prefix"
      ),
      (
        "ips: [{cidr: 192.0.2.0/24, direction: in, source: https://a.test}]",
        "11:51: expected one of ingress, egress, both"
      ),
      ("http: [{path_prefix: api/chat}]", "11:34: expected a path such as"),
      ("http: [{path_prefix: /api, port: 0}]", "11:46: expected a whole number from 1 to 65535"),
      ("domains: []", "11:12: expected at least one rule"),
    ])
  func refusesBlocksAndPaths(match: String, start: String) {
    let found = RuleText.messages([RuleText.provider("p", match: match, hit: "a.test")])
    #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
  }

  @Test func allMistakesOfAllFilesComeAtOnce() throws {
    let a = RuleSource(path: "providers/a.yaml", text: "schema: 2\nid: A b\n")
    let b = RuleSource(path: "providers/b.yaml", text: "a: [\n")
    let errors = #expect(throws: RuleErrors.self) { try RuleSet(compiling: [b, a]) }
    #expect(
      errors?.lines == [
        "providers/a.yaml:1:1: error: expected key `name` in a provider",
        "providers/a.yaml:1:1: error: expected key `services` in a provider",
        "providers/a.yaml:1:1: error: expected key `status` in a provider",
        "providers/a.yaml:1:1: error: expected key `vendor` in a provider",
        "providers/a.yaml:1:9: error: expected a whole number from 1 to 1, found `2`",
        "providers/a.yaml:2:5: error: expected an id of a-z, 0-9 and `-`, found `A b`",
        "providers/b.yaml:2:1: error: expected YAML: while parsing a flow node: did not find expected node content",
      ])
  }
}
