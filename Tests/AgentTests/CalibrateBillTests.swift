import Foundation
import Testing
import TokenEstimation
import WireFormat

@testable import Agent

@Suite("gnomon calibrate --billing")
struct CalibrateBillTests {
  static func bill(_ text: String) throws -> CalibrateBill {
    try CalibrateBill(
      parsing: Data(text.utf8), path: "b",
      providers: ["acme", "anthropic", "google-gemini", "openai"])
  }

  static let hour = Timestamp(seconds: 1_793_610_000)

  @Test func readsWhatOpenAIExports() throws {
    let entries = try Self.bill(
      """
      {"object":"page","data":[{"object":"bucket","start_time":1793610000,"end_time":1793613600,"results":[
        {"object":"organization.usage.completions.result","input_tokens":1000,"output_tokens":500,"input_cached_tokens":800,"model":null},
        {"input_tokens":0,"output_tokens":0}]}],"has_more":false}
      """
    ).entries
    #expect(
      entries == [
        .init(
          start: Self.hour, end: Self.hour.advanced(byNanoseconds: 3_600_000_000_000),
          provider: "openai", prompt: 1_000, completion: 500)
      ])
  }

  @Test func readsWhatAnthropicReports() throws {
    let entries = try Self.bill(
      """
      {"data":[{"starting_at":"2026-11-02T09:00:00Z","ending_at":"2026-11-03T09:00:00Z","results":[
        {"uncached_input_tokens":1500,"cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},"cache_read_input_tokens":200,"output_tokens":70}]}]}
      """
    ).entries
    #expect(entries.map(\.prompt) == [3_200] && entries.map(\.completion) == [70])
    #expect(entries.first?.start == Self.hour && entries.first?.provider == "anthropic")
  }

  @Test func aPageThatOthersFollowIsNoWholeBill() throws {
    #expect(try Self.bill(#"{"data":[],"has_more":true,"next_page":"p"}"#).goesOn)
    for text in [#"{"data":[],"has_more":false}"#, #"{"data":[]}"#, "[]", "start,prompt\n1,2\n"] {
      #expect(try !Self.bill(text).goesOn)
    }
    let folder = try TemporaryFolder()
    let bench = try Bench()
    try bench.analyze([("a", Timeline())])
    try Data(#"{"data":[],"has_more":true}"#.utf8).write(
      to: URL(fileURLWithPath: folder.path("page.json")))
    var notes: [String] = []
    _ = try CalibrateBillRun.run(
      bills: [folder.path("page.json")], database: bench.database, rules: bench.rules.path,
      provider: nil, selection: RecordSelection(since: nil, until: nil, verdicts: [], groups: []),
      note: { notes.append($0) })
    #expect(
      notes.count == 1 && notes[0].hasPrefix(folder.path("page.json") + ": the bill is not whole"))
    #expect {
      try CalibrateBillRun.run(
        bills: [folder.path("page.json")], database: bench.database, rules: bench.rules.path,
        provider: "acmee",
        selection: RecordSelection(since: nil, until: nil, verdicts: [], groups: []), note: { _ in }
      )
    } throws: {
      ($0 as? AgentError)?.description
        == "--provider: expected the id of a provider in the rules, found acmee; did you mean acme?"
    }
  }

  @Test func readsTheSpendLogsOfLiteLLM() throws {
    let entries = try Self.bill(
      """
      [{"request_id":"a","startTime":"2026-11-02T09:10:00.250000Z","endTime":"2026-11-02T09:10:04Z","prompt_tokens":10,"completion_tokens":5,"custom_llm_provider":"gemini"},
       {"startTime":"2026-11-02 09:11:00","prompt_tokens":3,"completion_tokens":null}]
      """
    ).entries
    #expect(entries.map(\.provider) == ["google-gemini", nil])
    #expect(entries.map(\.prompt) == [10, 3] && entries.map(\.completion) == [5, 0])
  }

  @Test(
    "mistakes name their place",
    arguments: [
      (
        #"{"data":[{"start_time":1,"end_time":2,"results":[{"input_tokens":"x"}]}]}"#,
        "b:1:66: error: `input_tokens`: expected a number from 0 to 1000000000000000, found \"x\""
      ),
      (
        #"[{"startTime":1,"custom_llm_provider":"antropic","prompt_tokens":1}]"#,
        "b:1:39: error: `custom_llm_provider`: expected the id of a provider in the rules, found antropic; did you mean anthropic?"
      ),
      (
        "start,provider,prompt\n1,openai-api,2\n",
        "b:2:3: error: expected the id of a provider in the rules, found openai-api; did you mean openai?"
      ),
      ("start,prompt\n1,-1\n", "b:2:3: error: expected a number of tokens"),
      ("start,prompt\n1,inf\n", "b:2:3: error: expected a number of tokens"),
      (
        #"[{"startTime":1,"prompt_tokens":1e16}]"#,
        "b:1:33: error: `prompt_tokens`: expected a number from 0 to 1000000000000000, found 10000000000000000"
      ),
      (
        #"{"data":[{"start_time":"soon","results":[]}]}"#,
        "b:1:24: error: `start_time`: expected seconds since 1970"
      ),
      (
        #"[{"startTime":1,"prompt_tokens":true}]"#,
        "b:1:33: error: `prompt_tokens`: expected a number from 0 to 1000000000000000, found true"
      ),
      (#"[{"startTime":1,"startTime":2}]"#, "b:1:17: error: expected each key once"),
      (#"{"has_more":1,"data":[]}"#, "b:1:13: error: `has_more`: expected true or false, found 1"),
      (#"[{"x":1}]"#, "b:1:2: error: expected `start_time` with `results`"),
      (#"{"data":7}"#, "b:1:9: error: `data`: expected a list, found 7"),
      ("[1]", "b:1:2: error: expected an entry, an object, found 1"),
      ("{", "b:1:2: error: "),
      ("start,prompt\n1,many\n", "b:2:3: error: expected a number of tokens"),
      ("start,price\n", "b:1:7: error: expected a column of start, end, provider"),
    ])
  func mistakes(text: String, message: String) {
    #expect {
      try Self.bill(text)
    } throws: {
      ($0 as? AgentError)?.description.hasPrefix(message) == true
    }
  }

  @Test func isJoinedWithTheRecordsByTimeAndProvider() throws {
    let bench = try Bench()
    var timeline = Timeline()
    var connection = Connection()
    timeline.open(&connection, "api.acme.test", at: 1)
    timeline.turn(&connection, at: 2)
    _ = try bench.records(of: timeline)
    let folder = try TemporaryFolder()
    try Data(
      """
      start,end,provider,prompt,completion
      2026-11-02T09:00:00Z,2026-11-02T10:00:00Z,acme,100,50
      2026-11-02T11:00:00Z,2026-11-02T12:00:00Z,acme,100,50

      """.utf8
    ).write(to: URL(fileURLWithPath: folder.path("bill.csv")))
    let selection = try RecordSelection(since: nil, until: nil, verdicts: [], groups: [])
    var notes: [String] = []
    let text = try CalibrateBillRun.run(
      bills: [folder.path("bill.csv")], database: bench.database, rules: bench.rules.path,
      provider: nil, selection: selection
    ) { notes.append($0) }
    #expect(text.contains("acme: 2 stretches billed, 1 of them with records"))
    // The bench's service has no profile: there is nothing to compare with, and that is said.
    #expect(text.contains("prompt: no stretch has both a bill and an estimate"))
    try Data("start,prompt\n1793610000,5\n".utf8).write(
      to: URL(fileURLWithPath: folder.path("bill.csv")))
    #expect {
      try CalibrateBillRun.run(
        bills: [folder.path("bill.csv")], database: bench.database, rules: bench.rules.path,
        provider: nil, selection: selection
      ) { _ in }
    } throws: {
      ($0 as? AgentError)?.status == .usage
    }
  }
}
