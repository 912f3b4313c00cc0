import ProviderRules
import RecordStore
import Reports
import Testing
import WireFormat

@Suite("numbers, times and columns")
struct TextTests {
  @Test(
    "compact numbers have at most four characters",
    arguments: [
      (0, "0"), (7.4, "7"), (999.4, "999"), (999.6, "1.0k"), (9_940, "9.9k"), (9_960, "10k"),
      (182_400, "182k"), (999_600, "1.0M"), (12_300_000, "12M"), (-1_500, "-1.5k"),
      (.infinity, "?"), (.nan, "?"), (1e300, "?"),
    ] as [(Double, String)])
  func compact(value: Double, text: String) {
    #expect(Quantity.compact(value) == text)
  }

  @Test(arguments: [(0.125, 2, "0.13"), (-0.001, 2, "0.00"), (12, 0, "12"), (0.05, 1, "0.1")])
  func fixed(value: Double, decimals: Int, text: String) {
    #expect(Quantity.fixed(value, decimals) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(value: Int, text: String) {
    #expect(Quantity.grouped(value) == text)
  }

  @Test(
    "money that is something is never nothing",
    arguments: [
      (0, "0.00"), (0.000_001, "<0.01"), (0.004_999, "<0.01"), (0.005, "0.01"), (0.42, "0.42"),
      (-0.001, "0.00"), (1_240.4, "1,240"), (.infinity, "?"),
    ])
  func money(amount: Double, text: String) {
    #expect(Quantity.money(amount) == text)
  }

  @Test func aSmallCostIsSaidInTextAndPage() throws {
    var record = Office.records[0]
    record.cost = UsageRecord.Cost(
      low: 0, likely: 0.001, high: 0.02, currency: "USD", priceDate: "2026-11-01")
    let report = Report(
      records: [record], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(TerminalReport.render(report, color: false).contains("USD <0.01 (0.00–0.02)"))
    #expect(HTMLReport.render(report).contains("<b>&lt;0.01</b> USD"))
  }

  @Test(
    arguments: [
      (0, 10, "0.0 %"), (1, 100_000, "< 0.1 %"), (99_999, 100_000, "> 99.9 %"), (1, 0, "–"),
    ])
  func share(part: Int, whole: Int, text: String) {
    #expect(Quantity.share(part, of: whole) == text)
  }

  @Test(arguments: [(512, "512 B"), (1_240, "1.2 kB"), (33_000_000, "33 MB")])
  func bytes(count: Int, text: String) {
    #expect(Quantity.bytes(count) == text)
  }

  @Test(
    "times, leap days and years before 1970 included",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_793_606_400_123, "2026-11-02T08:00:00.123Z"),
      (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_868_799_999, "2000-02-29T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func time(milliseconds: Int64, text: String) {
    #expect(UTCText(Timestamp(nanoseconds: milliseconds * 1_000_000)).rfc3339 == text)
  }

  @Test func theEndsOfTimeAreWritten() {
    #expect(UTCText(Timestamp(nanoseconds: .max)).rfc3339 == "2262-04-11T23:47:16.854Z")
    #expect(UTCText(Timestamp(nanoseconds: .min)).rfc3339 == "1677-09-21T00:12:43.145Z")
  }

  @Test func textIsFittedByColumnsNotCharacters() {
    #expect(DisplayText.fit("日本語", 5) == "日本…")
    #expect(DisplayText.fit("ab", 4, alignRight: true) == "  ab")
    #expect(DisplayText.fit("abc", 0) == "")
  }

  @Test func linesBreakAtSpacesAndEndlessWordsAreCut() {
    #expect(DisplayText.wrap("one two three", 7) == ["one two", "three"])
    #expect(DisplayText.wrap("aaaaaaaaaa b", 4) == ["aaa…", "b"])
  }

  @Test func aBarHasAtLeastASliver() {
    #expect(DisplayText.bar(0, 8) == "")
    #expect(DisplayText.bar(0.000_1, 8) == "▏")
    #expect(DisplayText.bar(0.5, 8) == "████")
    #expect(DisplayText.bar(7, 2) == "██")
  }
}

@Suite("use over time")
struct TimelineTests {
  @Test func everyTurnIsInTheChart() {
    let uses = Office.records.filter(\.isUse)
    let sum = Office.report.timeline.spans.reduce(0) { $0 + $1.total }
    #expect(sum == uses.reduce(0) { $0 + $1.turnCount })
    #expect(Office.report.timeline.measure == .turns)
  }

  @Test func aDayOfFiveMinuteWindowsIsDrawnInTens() {
    #expect(Office.report.timeline.spanSeconds == 600)
    #expect(Office.report.timeline.spans.count == 54)
    #expect(Office.report.timeline.spans.first?.start == Office.eight)
  }

  @Test func withoutTurnsItShowsBytes() {
    var record = Office.records[0]
    record.turnCount = 0
    let report = Report(
      records: [record], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(report.timeline.measure == .bytes)
    #expect(report.timeline.spans.map(\.total) == [record.wireBytes])
  }

  @Test("any period is drawn in a few spans", arguments: [Int64.min, -1, 0, 1, Int64.max])
  func anyPeriod(end: Int64) {
    var early = Office.records[0]
    var late = Office.records[1]
    early.windowStart = Timestamp(nanoseconds: .min)
    early.windowEnd = Timestamp(nanoseconds: min(end, 0))
    late.windowStart = Timestamp(nanoseconds: end)
    late.windowEnd = Timestamp(nanoseconds: end)
    let report = Report(
      records: [early, late], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(report.timeline.spans.count <= Timeline.maximumSpanCount)
    #expect(!TerminalReport.render(report, color: false).isEmpty)
  }
}
