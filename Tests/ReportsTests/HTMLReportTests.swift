import Foundation
import ProviderRules
import RecordStore
import Reports
import Testing
import TokenEstimation
import WireFormat

@Suite("the report as one HTML file")
struct HTMLReportTests {
  private func page(_ records: [UsageRecord], _ summaries: [CaptureSummary] = []) -> String {
    HTMLReport.render(
      Report(
        records: records, summaries: summaries, filter: RecordFilter(), generatedAt: Office.evening)
    )
  }

  /// The page with every text that may come from outside set to `text`.
  private func page(everyTextAs text: String) -> String {
    var record = Office.records[0]
    record.host.name = text
    record.host.nameSource = text
    record.host.group = text
    record.sensor = text
    record.providerName = text
    record.serviceName = text
    record.category = text
    record.dataEgress = text
    record.ruleVersion = text
    record.policyVersion = text
    record.evidence[0].name = text
    record.evidence[0].rule = text
    record.profiles = [text]
    record.hidden = [text]
    record.abstentions = [text: 3]
    record.cost?.currency = text
    record.cost?.priceDate = text
    var contact = record
    contact.service = "site"
    contact.evidence[0].evidenceClass = .website
    var summary = Office.summaries[0]
    summary.counters = [text: 4]
    summary.sensor = text + "2"
    let report = Report(
      records: [record, contact], summaries: [summary],
      filter: RecordFilter(groups: [text]), generatedAt: Office.evening)
    return HTMLReport.render(report)
  }

  private func tags(_ page: String) -> [Substring] {
    page.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }.filter { $0 != "wbr" }
  }

  @Test(
    "text from outside stays text",
    arguments: [
      "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='x", "</title><b>",
      "</style><script>", "<!--", "]]>", "&lt;script&gt;",
    ])
  func escapesEveryText(text: String) {
    let plain = tags(page(everyTextAs: "plain"))
    let hostile = tags(page(everyTextAs: text))
    #expect(plain == hostile)
    #expect(!page(everyTextAs: text).contains(text))
  }

  @Test func nothingIsLoadedAndNothingRuns() {
    let page = HTMLReport.render(Office.report)
    #expect(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri"))
    for tag in tags(page) {
      #expect(!tag.hasPrefix("script") && !tag.hasPrefix("link") && !tag.hasPrefix("img"))
      #expect(!tag.contains("href=") && !tag.contains("src=") && !tag.contains(" on"))
    }
    #expect(!page.contains("@import"))
    // The only url() are the patterns of this page.
    #expect(page.split(separator: "url(").dropFirst().allSatisfy { $0.hasPrefix("#") })
  }

  @Test func everyTagIsClosed() {
    var open: [Substring] = []
    let void: Set<Substring> = ["meta", "br", "!DOCTYPE"]
    for tag in tags(HTMLReport.render(Office.report)) {
      let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" }
      if tag.hasPrefix("/") {
        #expect(open.popLast() == name)
      } else if !void.contains(name), !tag.hasSuffix("/") {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
  }

  @Test func itSaysWhoUsesWhatAndHowItIsKnown() {
    let page = HTMLReport.render(Office.report).replacing("<wbr>", with: "")
    for text in [
      "Shadow-AI report", "2026-11-02 08:00 – 17:00 UTC",
      "6 hosts use 8 AI services of 7 providers.",
      "<strong>2 uses are unapproved</strong>", "api.deepseek.com", "providers/deepseek.yaml:9",
      "02:42:0a:14:03:11", "confidence 71 %", "the provider keeps the history", "3f2a91c0",
      "What could not be seen", "encrypted_client_hello", "openai-chat-stream@1",
      "Contact without use",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func namesBreakAtTheirDotsAndHardwareAddressesDoNot() {
    let page = HTMLReport.render(Office.report)
    #expect(page.contains(">generativelanguage.<wbr>googleapis.<wbr>com<"))
    #expect(page.contains("mac\">02:42:0a:14:03:11<"))
    #expect(page.contains(".mac { font-size:12px; white-space:nowrap; }"))
  }

  @Test("the labels of the token scale have room", arguments: [1.0, 900, 5e4, 1e6, 9e8, 1e17])
  func scaleLabels(highest: Double) throws {
    var record = Office.records[0]
    record.promptTokens = TokenSum()
    record.promptTokens.add(
      TokenEstimate(low: 1, likely: highest, high: highest, sharedVariance: 0.25))
    let axis = try #require(
      page([record]).split(separator: "ranges axis").dropFirst().first?.prefix { $0 != "\n" })
    let places = axis.split(separator: " x=\"").dropFirst().compactMap { text in
      Double(text.prefix { $0 != "%" })
    }
    #expect(places.count >= 2)
    #expect(axis.contains("<text class=\"low\" x=\"2.00%\""))
    #expect(axis.contains("<text class=\"high\" x=\"98.00%\"") == (places.last == 98))
    // Of 100 pixels, and a label has up to 24.
    for (left, right) in zip(places, places.dropFirst()) { #expect(right - left >= 26) }
  }

  @Test func aNarrowPageShowsEveryFourthTimeAndNothingScrolls() {
    let page = HTMLReport.render(Office.report)
    let classes = page.split(separator: "<text class=\"time").dropFirst().map {
      String($0.prefix { $0 != "\"" })
    }
    let pattern = ["", " odd", " even", " odd"]
    #expect(classes.count > 4)
    #expect(classes == classes.indices.map { pattern[$0 % 4] })
    #expect(!page.contains("overflow-x"))
  }

  @Test func withoutUseItSaysWhatWasLookedAt() {
    let page = page([], [Office.summaries[0]])
    #expect(page.contains("No AI use seen."))
    #expect(page.contains("41,000 packets (33 MB) and 319 flows in 1 window"))
    #expect(!page.contains("class=\"tile\""))
  }

  @Test func withoutAnythingItIsStillAPage() {
    let page = page([])
    #expect(page.contains("Nothing was looked at in this time."))
    #expect(page.hasSuffix("</html>\n"))
  }

  @Test(
    "figures that are no numbers do not break the page", arguments: [Double.nan, .infinity, 1e300])
  func strangeNumbers(value: Double) {
    var record = Office.records[0]
    record.promptTokens.likely = value
    record.completionTokens.sharedAbove = value
    record.cost?.high = value
    record.confidence = value
    record.activeSeconds = value
    record.turnCount = .max
    record.wireBytesUp = .max
    #expect(page([record, record]).hasSuffix("</html>\n"))
    let report = Report(
      records: [record, record], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(!TerminalReport.render(report, color: true).isEmpty)
    #expect(!CSVReport.render(report).isEmpty)
    #expect(!JSONReport.render(report).isEmpty)
    #expect(!CEFFormat(version: "1").line(for: record).isEmpty)
  }

  @Test func servicesWithTheMostWorryingVerdictComeFirst() {
    let services = Office.report.services.map(\.service)
    #expect(
      services == [
        "deepseek-api", "chatgpt", "midjourney", "ollama", "anthropic-api", "gemini-api", "copilot",
        "openai-api",
      ])
  }
}
