import Foundation
import ProviderRules
import RecordStore
import Reports
import Testing
import WireFormat

@Suite("records as NDJSON")
struct NDJSONFormatTests {
  @Test func aRecordIsOneObjectOnOneLine() throws {
    for record in Office.records {
      let line = NDJSONFormat().line(for: record)
      #expect(!line.contains("\n"))
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["schema"] as? String == "gnomon-record")
      #expect(object["turns"] as? Int == record.turnCount)
      #expect(object["bytes_up"] as? Int == record.wireBytesUp)
      #expect(object["window_start"] as? String == UTCText(record.windowStart).rfc3339)
    }
  }

  @Test func aLineThatIsTooLongLosesEvidenceAndStaysWhole() throws {
    var record = Office.records[0]
    record.evidence = (0..<64).map { index in
      UsageRecord.Evidence(
        source: .sni, name: String(repeating: "a", count: 60) + "\(index).example",
        evidenceClass: .usage, rule: "providers/x.yaml:1")
    }
    let line = try #require(NDJSONFormat().line(for: record, limit: 2_048))
    #expect(line.utf8.count <= 2_048)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let kept = try #require(object["evidence"] as? [Any]).count
    #expect(kept > 0)
    #expect(object["evidence_unlisted"] as? Int == 64 - kept)
    #expect(NDJSONFormat().line(for: record, limit: 100) == nil)
  }
}

@Suite("records as CEF")
struct CEFFormatTests {
  private func line(_ change: (inout UsageRecord) -> Void = { _ in }) -> String {
    var record = Office.records[0]
    change(&record)
    return CEFFormat(version: "1.0.0").line(for: record)
  }

  @Test func itHasTheFieldsOfTheWorkedExample() throws {
    let record = Office.records[0]
    let line = line()
    let start =
      "CEF:0|Gnomon|gnomon|1.0.0|shadowai.host|Approved AI provider use|1|rt=1793610300000 "
      + "start=1793610000000 end=1793610300000 dvchost=gw-1 src=10.20.3.17 shost=lap-0142 "
      + "smac=02:42:0a:14:03:11 dhost=api.openai.com app=OpenAI API cnt=\(record.turnCount) "
      + "act=observed cat=shadow-ai "
    #expect(line.hasPrefix(start))
    for field in [
      "cs1Label=provider cs1=openai", "cs2Label=verdict cs2=approved",
      "cs3Label=evidence cs3=sni", "cs4Label=profile cs4=openai-chat-stream@1",
      "cs5Label=group cs5=engineering", "cn1Label=promptTokens cn1=",
      "cn2Label=completionTokens cn2=", "cn3Label=bytesUp cn3=\(record.wireBytesUp)",
      "cfp1Label=confidence cfp1=0.97",
    ] {
      #expect(line.contains(" \(field)"))
    }
  }

  @Test(
    "severity follows the verdict",
    arguments: [
      (Verdict.unapproved, "|6|"), (.unknown, "|4|"), (.tolerated, "|2|"), (.approved, "|1|"),
    ])
  func severity(verdict: Verdict, text: String) {
    #expect(line { $0.verdict = verdict }.contains(text))
  }

  @Test func aContactIsNoWarning() throws {
    let contact = try #require(Office.records.first { !$0.isUse })
    #expect(
      CEFFormat(version: "1.0.0").line(for: contact).contains(
        "|shadowai.contact|AI provider contacted, no use seen|0|"))
  }

  @Test func valuesAreEscaped() {
    let line = line { $0.host.name = "a=b\\c|d\ne\rf\u{1b}g" }
    #expect(line.contains(" shost=a\\=b\\\\c|d\\ne\\rf g "))
  }

  @Test func theHeaderIsEscaped() {
    let line = CEFFormat(version: "1|2\\3\n4").line(for: Office.records[0])
    #expect(line.hasPrefix("CEF:0|Gnomon|gnomon|1\\|2\\\\3 4|shadowai.host|"))
  }

  @Test func anAbstentionHasAReasonInPlaceOfNumbers() throws {
    let record = try #require(Office.records.first { $0.service == "chatgpt" })
    let line = CEFFormat(version: "1.0.0").line(for: record)
    #expect(!line.contains("cn1="))
    let turns = Quantity.counted(record.turnCount, "turn")
    #expect(
      line.contains(
        " reason=tokens not estimated: completion: the provider keeps the history (\(turns)); "
          + "prompt: the provider keeps the history (\(turns)) "))
  }

  @Test func anIPv6HostAndAnAddressAsEvidenceHaveTheirFields() {
    let line = line {
      $0.host.address = IPAddress("2001:db8::1")!
      $0.evidence = [
        UsageRecord.Evidence(
          source: .address, name: "192.0.2.77", evidenceClass: .usage, rule: "r:1")
      ]
    }
    #expect(line.contains(" c6a2=2001:db8::1 c6a2Label=Source IPv6 Address "))
    #expect(line.contains(" dst=192.0.2.77 "))
    #expect(!line.contains("dhost="))
  }
}
