import RecordStore
import Reports
import Testing
import WireFormat

@Suite("the report as CSV (RFC 4180)")
struct CSVReportTests {
  /// Reads CSV as the RFC's grammar says, so that what a spreadsheet would see is what is compared.
  private func parse(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = ""
    var isQuoted = false
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      if isQuoted, scalar == "\"" {
        if index + 1 < scalars.count, scalars[index + 1] == "\"" {
          cell += "\""
          index += 1
        } else {
          isQuoted = false
        }
      } else if isQuoted {
        cell.unicodeScalars.append(scalar)
      } else if scalar == "\"" {
        isQuoted = true
      } else if scalar == "," || scalar == "\r" {
        row.append(cell)
        cell = ""
        if scalar == "\r" {
          rows.append(row)
          row = []
          index += 1
        }
      } else {
        cell.unicodeScalars.append(scalar)
      }
      index += 1
    }
    return rows
  }

  private func rows(_ records: [UsageRecord]) -> [[String: String]] {
    let report = Report(
      records: records, summaries: [], filter: RecordFilter(), generatedAt: Office.evening)
    let rows = parse(CSVReport.render(report))
    return rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(rows[0], $0)) }
  }

  @Test func everyRowHasEveryColumn() {
    let rows = parse(CSVReport.render(Office.report))
    #expect(Set(rows.map(\.count)) == [rows[0].count])
    #expect(Set(rows[0]).count == rows[0].count)
    // Eight uses and one contact below the header.
    #expect(rows.count == 10)
  }

  @Test func withoutRecordsThereIsTheHeader() {
    let report = Report(records: [], summaries: [], filter: .init(), generatedAt: Office.evening)
    #expect(parse(CSVReport.render(report)).map(\.first) == ["period_start"])
  }

  @Test func figuresStandInTheirColumns() throws {
    let record = try #require(Office.records.first { $0.service == "deepseek-api" })
    let row = try #require(rows([record]).first)
    #expect(row["host"] == "10.20.4.34")
    #expect(row["turns"] == String(record.turnCount))
    #expect(row["evidence"] == "dns:api.deepseek.com (usage)")
    #expect(row["known"] == "inferred")
    #expect(
      row["prompt_tokens_likely"] == JSONValue.decimal(record.promptTokens.likely, places: 1).text()
    )
    #expect(row["cost_low"] == "")
  }

  @Test func anAbstainedFigureIsEmptyWithItsReason() throws {
    let record = try #require(Office.records.first { $0.service == "chatgpt" })
    let row = try #require(rows([record]).first)
    #expect(row["prompt_tokens_likely"] == "")
    #expect(row["prompt_turns_abstained"] == String(record.turnCount))
    let reason = "the provider keeps the history: \(record.turnCount)"
    #expect(row["abstentions"] == "completion: \(reason); prompt: \(reason)")
  }

  @Test(
    "a name that a spreadsheet would run is made text",
    arguments: ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
  func guardsFormulas(name: String) throws {
    var record = Office.records[0]
    record.host.name = name
    #expect(try #require(rows([record]).first)["name"] == "'" + name)
  }

  @Test func quotesCommasAndLineBreaksSurvive() throws {
    var record = Office.records[0]
    record.host.name = "a,\"b\"\r\nc"
    #expect(try #require(rows([record]).first)["name"] == "a,\"b\"\r\nc")
  }
}
