import Foundation
import RecordStore
import Reports
import Testing
import WireFormat

@Suite("the report as JSON")
struct JSONReportTests {
  private func parsed(_ report: Report) throws -> [String: Any] {
    let data = Data(JSONReport.render(report).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func parsed(_ value: JSONValue) throws -> [String: Any] {
    let data = Data(value.text().utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func itParsesAndNamesItsForm() throws {
    let report = try parsed(Office.report)
    #expect(report["schema"] as? String == "gnomon-report")
    #expect(report["schema_version"] as? Int == 1)
    #expect((report["records"] as? [Any])?.count == Office.records.count)
    #expect(
      (report["groups"] as? [[String: Any]])?.map { $0["name"] as? String } == [
        "engineering", "marketing", nil,
      ])
    #expect((report["contacts"] as? [Any])?.count == 1)
  }

  @Test func withNothingInItItStillParses() throws {
    let empty = Report(records: [], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(try parsed(empty)["capture"] is NSNull)
  }

  @Test func anEstimateIsAnInterval() throws {
    let record = try #require(Office.records.first { $0.service == "deepseek-api" })
    let tokens = try #require(
      try parsed(RecordFields.json(record))["prompt_tokens"] as? [String: Any])
    #expect(tokens["estimated_turns"] as? Int == record.turnCount)
    let low = try #require(tokens["low"] as? Double)
    let likely = try #require(tokens["likely"] as? Double)
    let high = try #require(tokens["high"] as? Double)
    #expect(low < likely && likely < high)
    #expect(tokens["abstained"] == nil)
  }

  @Test func anAbstentionHasItsReasons() throws {
    let record = try #require(Office.records.first { $0.service == "chatgpt" })
    let tokens = try #require(
      try parsed(RecordFields.json(record))["completion_tokens"] as? [String: Any])
    #expect(tokens["abstained"] as? Bool == true)
    #expect(
      tokens["reasons"] as? [String: Int] == ["the provider keeps the history": record.turnCount])
  }

  @Test func aFigureHasItsOwnReasonsAlone() throws {
    var record = try #require(Office.records.first { $0.service == "chatgpt" })
    record.abstentions = [
      "prompt: server-side history": 5, "completion: cut turn": 2, "completion: too small": 3,
    ]
    func reasons(_ figure: String, in object: [String: Any]) -> [String: Int]? {
      (object[figure] as? [String: Any])?["reasons"] as? [String: Int]
    }
    let report = Report(
      records: [record], summaries: [], filter: .init(), generatedAt: Office.evening)
    let totals = try #require(try parsed(report)["totals"] as? [String: Any])
    for object in [try parsed(RecordFields.json(record)), totals] {
      #expect(reasons("prompt_tokens", in: object) == ["server-side history": 5])
      #expect(reasons("completion_tokens", in: object) == ["cut turn": 2, "too small": 3])
    }
    let page = HTMLReport.render(report)
    #expect(page.contains("completion: cut turn; completion: too small; prompt: server-side"))
    record.completionTokens = Office.records[0].completionTokens
    let half = Report(
      records: [record], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(
      HTMLReport.render(half).contains(
        "abstained</span><span class=\"muted\">server-side history</span>"))
  }

  @Test func withoutATurnThereIsNoFigure() throws {
    let record = try #require(Office.records.first { $0.turnCount == 0 })
    #expect(try parsed(RecordFields.json(record))["prompt_tokens"] is NSNull)
  }

  @Test func wordsSayHowItIsKnown() throws {
    func known(_ service: String) throws -> String? {
      let record = try #require(Office.records.first { $0.service == service })
      return try parsed(RecordFields.json(record))["known"] as? String
    }
    #expect(try known("openai-api") == "seen")
    #expect(try known("deepseek-api") == "inferred")
    var blank = Office.records[0]
    blank.evidence = []
    #expect(try parsed(RecordFields.json(blank))["known"] as? String == "unknown")
  }

  @Test func anyTextSurvives() throws {
    let nasty = "\u{0}\u{1b}\"\\/\n\r\t\u{2028}\u{7f}é漢🙂</script>"
    #expect(try parsed(.object([(nasty, .string(nasty))])) as? [String: String] == [nasty: nasty])
  }

  @Test("numbers that JSON does not have are null", arguments: [Double.nan, .infinity, -.infinity])
  func notANumber(value: Double) {
    #expect(JSONValue.decimal(value, places: 2).text() == "null")
  }

  @Test(
    arguments: [
      (1.5, 3, "1.5"), (2, 3, "2"), (0.000_04, 3, "0"), (1e17, 2, "1e+17"), (-0.25, 1, "-0.3"),
    ])
  func decimals(value: Double, places: Int, text: String) {
    #expect(JSONValue.decimal(value, places: places).text() == text)
  }
}
