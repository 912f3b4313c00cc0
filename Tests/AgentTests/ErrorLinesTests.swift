import Testing

@testable import Agent

@Suite("errors as lines")
struct ErrorLinesTests {
  @Test(
    arguments: [
      ("a.pcap: no such file", "gnomon: a.pcap: no such file\n"),
      ("a.pcap: byte 24 (packet 1): cut", "gnomon: a.pcap: byte 24 (packet 1): cut\n"),
      ("syslog+tcp://siem:514: refused", "gnomon: syslog+tcp://siem:514: refused\n"),
      ("", ""),
      ("a\u{1b}[2Jb\u{7}: bad", "gnomon: a\u{fffd}[2Jb\u{fffd}: bad\n"),
      (
        "rules/providers/a.yaml:3:7: error: no such key\nrules/policy.yaml:1:1: error: empty",
        "rules/providers/a.yaml:3:7: error: no such key\nrules/policy.yaml:1:1: error: empty\n"
      ),
    ])
  func lines(message: String, text: String) {
    #expect(ErrorLines.text(message) == text)
  }

  @Test func everyMistakeOfARulesFolderStartsWithItsPlace() throws {
    let folder = try RuleFolder()
    try folder.write("schema: 1\ndefault: perhaps\nverdict: []\n", to: "policy.yaml")
    let mistakes = try #require(folder.mistakes())
    #expect(mistakes.lines.count >= 2)
    let text = ErrorLines.text(mistakes.lines.joined(separator: "\n"))
    #expect(text == mistakes.lines.map { $0 + "\n" }.joined())
  }
}
