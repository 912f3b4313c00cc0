import ProviderRules
import RecordStore
import Reports
import Testing
import TokenEstimation
import WireFormat

@Suite("the report on a terminal")
struct TerminalReportTests {
  private func lines(_ report: Report, columns: Int = 100) -> [String] {
    TerminalReport.render(report, columns: columns, color: false).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  private func report(_ records: [UsageRecord], _ summaries: [CaptureSummary] = []) -> Report {
    Report(
      records: records, summaries: summaries, filter: RecordFilter(), generatedAt: Office.evening)
  }

  @Test("no line is wider than asked", arguments: [80, 100, 120, 160])
  func fits(columns: Int) {
    #expect(lines(Office.report, columns: columns).allSatisfy { DisplayText.width($0) <= columns })
  }

  @Test func aRowSaysServiceVerdictKnowledgeTurnsAndTokens() throws {
    let row = try #require(lines(Office.report).first { $0.contains("DeepSeek API") })
    #expect(row.contains("✗ unapproved"))
    #expect(row.contains("inferred"))
    #expect(row.unicodeScalars.last.map { ("\u{2588}"..."\u{258f}").contains($0) } == true)
    let uses = Office.records.filter { $0.service == "deepseek-api" }
    #expect(row.contains(" \(uses.reduce(0) { $0 + $1.turnCount })  "))
    let sum = uses.dropFirst().reduce(uses[0].promptTokens) { $0 + $1.promptTokens }
    #expect(row.contains(try #require(Quantity.interval(sum))))
  }

  @Test func aFigureThatLeavesTurnsOutIsMarked() throws {
    let row = try #require(lines(Office.report).first { $0.contains("OpenAI API") })
    #expect(row.contains(")*"))
    #expect(lines(Office.report).contains { $0.hasPrefix("*") })
  }

  @Test func aStatedCountHasNoInterval() throws {
    let row = try #require(lines(Office.report).first { $0.contains("Ollama") })
    #expect(row.contains("7.7k exact"))
  }

  @Test func anAbstainedFigureSaysSoAndWhy() throws {
    let row = try #require(lines(Office.report).first { $0.contains("ChatGPT") })
    #expect(row.contains("abstained         abstained"))
    #expect(lines(Office.report).contains { $0.contains("the provider keeps the history") })
  }

  @Test func turnsThatDoNotFitTheirProfileAreCounted() throws {
    var record = Office.records[0]
    record.driftedTurnCount = 3
    let words = "3 turns did not fit their profile's event size: intervals widened"
    #expect(lines(report([record])).contains("Drifted    " + words))
    #expect(!lines(Office.report).contains { $0.hasPrefix("Drifted") })
    let page = HTMLReport.render(report([record])).replacing("&#39;", with: "'")
    #expect(page.contains(words))
    #expect(CSVReport.render(report([record])).contains(",drifted_turns,"))
    let json = JSONReport.render(report([record]))
    #expect(json.split(separator: "\"drifted_turns\": 3").count - 1 == 4)
  }

  @Test("a group that no record has is no all-clear", arguments: ["none", "sales"])
  func missingGroups(group: String) {
    let report = Report(
      records: [], summaries: Office.summaries, filter: RecordFilter(groups: [group]),
      generatedAt: Office.evening, knownGroups: ["engineering", "marketing"])
    let words = "No record has the group sales. Groups that records have: engineering, marketing."
    #expect(lines(report).contains(words) == (group == "sales"))
    #expect(HTMLReport.render(report).contains(words) == (group == "sales"))
    #expect(
      JSONReport.render(report).contains("\"groups_without_records\": []") == (group == "none"))
  }

  @Test func hostsStandInGroupAndAddressOrderWhateverTheirVolume() {
    let order = lines(Office.report).compactMap { line in
      line.hasPrefix(" 10.") ? line.split(separator: " ").first.map(String.init) : nil
    }
    #expect(
      order == [
        "10.20.3.17", "10.20.3.40", "10.20.3.55", "10.20.4.21", "10.20.4.34", "10.20.9.8",
      ])
  }

  @Test func aContactIsNoUse() {
    let text = TerminalReport.render(Office.report, color: false)
    #expect(!text.contains("Claude"))
    #expect(text.contains("1 host × service pair touched only a website"))
    #expect(text.contains("6 hosts use 8 AI services of 7 providers."))
  }

  @Test func verdictsAreCounted() {
    let line = lines(Office.report).first { $0.hasPrefix("Verdicts") }
    #expect(
      line
        == "Verdicts   ✗ 2 unapproved · ? 2 unknown · ~ 2 tolerated · ✓ 2 approved"
    )
  }

  @Test func withoutUseItSaysWhatWasLookedAt() {
    let text = TerminalReport.render(report([], [Office.summaries[0]]), color: false)
    #expect(
      text.contains("No AI use seen.\nLooked at: 41,000 packets (33 MB) and 319 flows in 1 window.")
    )
  }

  @Test func withoutAnythingItSaysThat() {
    let text = TerminalReport.render(report([]), color: false)
    #expect(text.contains("Nothing was looked at in this time."))
  }

  @Test func theRunSaysTheVersionsWhereNoRecordDoes() {
    let report = Report(
      records: [], summaries: [Office.summaries[0]], filter: RecordFilter(),
      generatedAt: Office.evening,
      lastRun: RunInfo(started: Office.eight, ruleVersion: "r7", policyVersion: "p9"))
    #expect(TerminalReport.render(report, color: false).contains("Judged by  rules r7; policy p9"))
  }

  @Test func aHostNameCannotDriveTheTerminal() {
    var record = Office.records[0]
    record.host.name = "a\u{1b}[2J\u{202e}\u{9b}31m\nb"
    let text = TerminalReport.render(report([record]), color: false)
    #expect(text.contains("a·[2J··31m·b"))
    #expect(!text.contains("\u{1b}"))
  }

  @Test func colourIsThereOnlyWhenAsked() {
    #expect(TerminalReport.render(Office.report, color: true).contains("\u{1b}[31m✗ unapproved"))
    #expect(!TerminalReport.render(Office.report, color: false).contains("\u{1b}"))
  }
}
