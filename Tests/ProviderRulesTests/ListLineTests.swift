import Testing

@testable import ProviderRules

@Suite("Lines of other people's lists")
struct ListLineTests {
  private static func suffix(_ name: String, _ marks: [String] = []) -> ListLine {
    .names([.init(name, isExact: false)], leftOut: marks)
  }

  private static func exact(_ names: String..., marks: [String] = []) -> ListLine {
    .names(names.map { .init($0, isExact: true) }, leftOut: marks)
  }

  private static func isUnusable(_ line: ListLine) -> Bool {
    if case .unusable = line { true } else { false }
  }

  @Test func domainListCommunity() {
    #expect(ListLine("a.test", as: .v2fly) == Self.suffix("a.test"))
    #expect(
      ListLine("\tdomain:A.test. @cn  @!ads # why", as: .v2fly)
        == Self.suffix("a.test", ["@cn", "@!ads"]))
    #expect(
      ListLine("full:a.test &b", as: .v2fly) == Self.exact("a.test", marks: ["&b"]))
    for line in ["", "  ", "# domain:a.test", "\t#"] {
      #expect(ListLine(line, as: .v2fly) == .blank)
    }
    for line in [
      "regexp:^a\\.test$", "keyword:gpt", "include:openai", "ip:a.test", "domain:", ":",
      "a.test b.test", "domain:com", "full:1.2.3.4", "domain:é.test", "a..test", "-a.test",
      "domain:a.test\u{1b}[2J",
    ] {
      #expect(Self.isUnusable(ListLine(line, as: .v2fly)), "\(line)")
    }
  }

  @Test func filtersOfAdBlockers() {
    #expect(ListLine("||a.test^", as: .adguard) == Self.suffix("a.test"))
    #expect(
      ListLine("||a.test^$third-party,~script,important", as: .adguard)
        == Self.suffix("a.test", ["$third-party", "$~script", "$important"]))
    #expect(ListLine("|a.test^|", as: .adguard) == Self.exact("a.test"))
    #expect(ListLine("a.test", as: .adguard) == Self.exact("a.test"))
    #expect(ListLine("0.0.0.0 a.test b.test # c", as: .adguard) == Self.exact("a.test", "b.test"))
    for line in ["", "! ||a.test^", "# a.test", "[Adblock Plus 2.0]"] {
      #expect(ListLine(line, as: .adguard) == .blank)
    }
    for line in [
      "@@||a.test^", "||a.test", "||a.test^$domain=b.test", "||a.test^$badfilter", "||a*.test^",
      "||a.test^$script=x", "||a.test/b^", "|https://a.test^", "/a\\.test/", "a.test##.ad", "||^",
      "|",
      "a.test#@#b", "a.test b.test", "||a.test^b^", "a$$b", "||a.test^$client='x'",
    ] {
      #expect(Self.isUnusable(ListLine(line, as: .adguard)), "\(line)")
    }
  }

  @Test func plainNamesAndHostsFiles() {
    #expect(ListLine(" a.test # why", as: .plain) == Self.suffix("a.test"))
    #expect(ListLine("a.test", as: .plain, bareIsExact: true) == Self.exact("a.test"))
    #expect(ListLine("*.a.test", as: .plain, bareIsExact: true) == Self.suffix("a.test"))
    #expect(ListLine(".a.test", as: .plain) == Self.suffix("a.test"))
    #expect(ListLine("0.0.0.0\ta.test localhost", as: .plain) == Self.exact("a.test"))
    #expect(ListLine(":: a.test", as: .plain) == Self.exact("a.test"))
    for line in [
      "# a", "127.0.0.1 localhost", "fe80::1%lo0 localhost", "255.255.255.255 broadcasthost",
      "0.0.0.0 0.0.0.0",
    ] {
      #expect(ListLine(line, as: .plain) == .blank, "\(line)")
    }
    for line in [
      "10.0.0.1 a.test", "a.test,b", "<html>", "a.test b.test", "0.0.0.0 a.test com", "1.2.3.4",
      "https://a.test/", "*.com",
    ] {
      #expect(Self.isUnusable(ListLine(line, as: .plain)), "\(line)")
    }
  }

  @Test("what a stranger wrote stands in messages without its control characters")
  func messagesArePrintable() {
    for format in ListLine.Format.allCases {
      for line in ["a\u{1b}[2J.test", "x:\u{7}", "fe80::1%\u{1b} a.test", "||a.test^$\u{1b}"] {
        guard case .unusable(let what) = ListLine(line, as: format) else { continue }
        #expect(!what.unicodeScalars.contains { $0.value < 0x20 }, "\(format) \(what)")
      }
    }
  }

  @Test(
    "the form is told where it is sure",
    arguments: [
      (["# c", "domain:a.test", "b.test"], ListLine.Format.v2fly),
      (["! c", "||a.test^"], .adguard),
      (["a.test", "# c", "0.0.0.0 b.test"], .plain), (["include:a"], .v2fly),
      (["domain:a.test", "||b.test^"], nil), (["# c", ""], nil), ([], nil), (["<html>"], nil),
      (["name,kind", "a.test,x"], nil), (["a.test", "b.test", "what is this"], nil),
      (Array(repeating: "a.test", count: 10) + ["what is this"], .plain),
    ])
  func guesses(lines: [String], format: ListLine.Format?) {
    #expect(ListLine.Format(guessedFrom: lines) == format)
  }
}
