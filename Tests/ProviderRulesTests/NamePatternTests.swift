import Testing

@testable import ProviderRules

@Suite("Patterns over names")
struct NamePatternTests {
  @Test(
    "a pattern matches whole names",
    arguments: [
      (
        "^a\\.b\\.test$", ["a.b.test", "A.B.TEST"],
        ["aa.b.test", "a.b.test.", "xa.b.test", "a-b.test"]
      ),
      (
        "^eu-[a-z0-9-]+\\.b\\.test$", ["eu-1.b.test", "eu-x-y.b.test"],
        ["eu-.b.test", "eu-a.c.b.test", "eu.b.test"]
      ),
      ("^(x|yz)?\\.b\\.test$", [".b.test", "x.b.test", "yz.b.test"], ["xy.b.test", "z.b.test"]),
      ("^a{2,3}\\.b\\.test$", ["aa.b.test", "aaa.b.test"], ["a.b.test", "aaaa.b.test"]),
      ("^a{2,}\\.b\\.test$", ["aa.b.test", "aaaaaa.b.test"], ["a.b.test"]),
      ("^a{2}\\.b\\.test$", ["aa.b.test"], ["a.b.test", "aaa.b.test"]),
      ("^(?:a|b)*c\\.b\\.test$", ["c.b.test", "ababc.b.test"], ["ab.b.test", "cc.b.test"]),
      ("^[^.]+\\.b\\.test$", ["q_9.b.test"], ["a.c.b.test", ".b.test"]),
      ("^n\\d+\\.b\\.test$", ["n0.b.test", "n42.b.test"], ["n.b.test", "nx.b.test"]),
      ("^(a+)+\\.b\\.test$", ["aaaa.b.test"], [String(repeating: "a", count: 200) + "x.b.test"]),
      (
        "^(a?){3}a{3}\\.b\\.test$", ["aaa.b.test", "aaaaaa.b.test"],
        ["aa.b.test", "aaaaaaa.b.test"]
      ),
    ])
  func matches(pattern: String, hits: [String], misses: [String]) throws {
    let compiled = try NamePattern(pattern)
    for name in hits { #expect(compiled.matches(name), "\(name)") }
    for name in misses { #expect(!compiled.matches(name), "\(name)") }
  }

  @Test(
    "the literal labels at the end are what it is looked up by",
    arguments: [
      ("^eu-[a-z]+\\.b\\.test$", "b.test"),
      ("^[a-z]+-x\\.b\\.test$", "b.test"),
      ("^a\\.b\\.test$", "a.b.test"),
      ("^(a|b)\\.c\\.d\\.test$", "c.d.test"),
      ("^x[0-9]y\\.d\\.test$", "d.test"),
    ])
  func findsLiteralSuffix(pattern: String, suffix: String) throws {
    #expect(try NamePattern(pattern).literalSuffix == suffix)
  }
}
