import Foundation
import Testing
import TokenEstimation

@testable import Agent

@Suite("gnomon evaluate")
struct EvaluationRunTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let captures = root.appendingPathComponent("captures")
  static let sizes = root.appendingPathComponent("../shared/turns/gpt4o-stream-sizes.json")
    .standardizedFileURL
  static let hasSizes = FileManager.default.fileExists(atPath: sizes.path)

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func options(_ paths: [String]) -> EvaluateRun.Options {
    EvaluateRun.Options(
      paths: paths, rules: Self.root.appendingPathComponent("rules").path, policy: nil)
  }

  private func evaluate(_ paths: [String]) throws -> (evaluation: Evaluation, notes: [String]) {
    var notes: [String] = []
    let evaluation = try EvaluateRun.evaluate(
      options(paths), damaged: { _ in }, note: { notes.append($0) })
    return (evaluation, notes)
  }

  private func write(_ text: String, to name: String) throws -> String {
    let path = folder.path(name)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func failure(_ paths: [String]) -> AgentError? {
    do throws(AgentError) {
      _ = try EvaluateRun.evaluate(options(paths), damaged: { _ in }, note: { _ in })
      return nil
    } catch {
      return error
    }
  }

  /// A truth of one turn, beside whatever capture there is.
  private static let truth = """
    {"schema": 2, "kind": "real", "capture": "a.pcapng", "turns": [
    {"start": 1, "end": 2, "client": ["10.0.0.1", 1], "server": ["10.0.0.2", 443], "transport": "tls", "http": "1.1",
    "service": "openai-api", "usage": {"prompt_total": 1, "completion_visible": 1}}]}
    """

  // MARK: the shipped capture

  @Test("every turn of the shipped capture is found and scored, by the folder or by the capture")
  func officeDay() throws {
    let byFolder = try evaluate([Self.captures.path])
    let byCapture = try evaluate([Self.captures.appendingPathComponent("office-day.pcapng").path])
    for evaluation in [byFolder.evaluation, byCapture.evaluation] {
      let group = try #require(evaluation.groups.first)
      #expect(evaluation.groups.count == 1 && group.kind == .synthetic)
      #expect(group.sets.map(\.trueTurnCount) == [108])
      // Two turns of the phone, whose group the policy excludes.
      #expect(group.sets.map(\.excludedCount) == [2] && group.sets.map(\.nonTurnCount) == [45])
      #expect(group.segmentation.right == 108 && group.segmentation.invented == 0)
      #expect(group.bars.first { $0.id == "segmentation" }?.outcome == .met)
      let prompts = group.rows.reduce(0) { $0 + $1.prompt.turnCount }
      let completions = group.rows.reduce(0) { $0 + $1.completion.turnCount }
      #expect(prompts == 108 && completions == 108)
      // Ollama states its counts in the clear; of the ChatGPT page's replies nothing is known.
      let clear = try #require(group.rows.first { $0.profile == Evaluation.inTheClear })
      #expect(clear.completion.estimatedCount == 10 && clear.completion.medianError == 0)
      let page = try #require(group.rows.first { $0.profile.hasPrefix("chatgpt-web@") })
      #expect(page.completion.turnCount == 5 && page.completion.estimatedCount == 0)
      #expect(page.completion.abstentions.values.reduce(0, +) == 5)
    }
  }

  @Test func bothFormsWriteWhatTheySay() throws {
    var options = options([Self.captures.appendingPathComponent("office-day.truth.json").path])
    for (format, start) in [
      (EvaluateRun.Format.text, "Accuracy"), (.json, "{"), (.html, "<!DOCTYPE html>"),
    ] {
      options.format = format
      options.output = folder.path("out.\(format.rawValue)")
      _ = try EvaluateRun.run(options) { _ in }
      let text = try String(contentsOfFile: folder.path("out.\(format.rawValue)"), encoding: .utf8)
      #expect(text.hasPrefix(start))
    }
  }

  @Test("a split tells the same turns apart")
  func split() throws {
    var options = options([Self.captures.path])
    options.split = .service
    let groups = try EvaluateRun.evaluate(options, damaged: { _ in }, note: { _ in }).groups
    #expect(groups.count > 5 && groups.allSatisfy { $0.label != nil })
    #expect(groups.reduce(0) { $0 + $1.segmentation.right } == 108)
  }

  @Test func aSetThatIsNamedTwiceCountsOnce() throws {
    let truth = Self.captures.appendingPathComponent("office-day.truth.json").path
    let (evaluation, notes) = try evaluate([truth, Self.captures.path])
    #expect(evaluation.groups.first?.segmentation.trueTurns == 108)
    #expect(notes.contains { $0.hasSuffix("named twice, counted once") })
  }

  @Test("a truth for another capture is all missed, and what is found is invented")
  func foreignTruth() throws {
    _ = try write(Self.truth, to: "a.truth.json")
    try FileManager.default.copyItem(
      atPath: Self.captures.appendingPathComponent("office-day.pcapng").path,
      toPath: folder.path("a.pcapng"))
    let found = try #require(try evaluate([folder.url.path]).evaluation.groups.first).segmentation
    #expect(found.missed == 1 && found.right == 0 && found.invented == 108)
  }

  // MARK: lists of sizes

  @Test(
    "real ciphertext: 100 streams, in a group of their own kind",
    .enabled(if: hasSizes, "../shared/turns is not here"))
  func realSizes() throws {
    let groups = try evaluate([Self.sizes.path, Self.captures.path]).evaluation.groups
    #expect(groups.map(\.kind) == [.real, .synthetic])
    let row = try #require(groups.first?.rows.first)
    #expect(row.completion.turnCount == 100 && row.prompt.turnCount == 0)
    #expect(try #require(row.completion.medianError) <= 0.01)
    // Octets of the text, which nobody on the wire sees, are worse than counting events.
    let plain = try #require(row.completion.predictor(.plainBytes)?.medianError)
    #expect(plain > 0.02 && plain < 0.2)
    #expect(groups.first?.bars.contains { $0.id == "segmentation" } == false)
  }

  @Test func sizesOfAServiceThatNoRuleKnows() throws {
    let path = try write(
      "[{\"data_lengths\": [100, 400], \"response_token_count\": 1}]", to: "s.json")
    var options = options([path])
    options.sizesService = "nobody"
    let failure = #expect(throws: AgentError.self) {
      _ = try EvaluateRun.evaluate(options, damaged: { _ in }, note: { _ in })
    }
    #expect(failure?.description == "no service nobody in the rules")
    #expect(failure?.status == .usage)
  }

  // MARK: wrong input

  @Test func whatIsNotThereIsNamed() throws {
    #expect(
      failure([folder.path("x")])?.description.hasSuffix("/x: no such file or folder") == true)
    #expect(failure([folder.path("x")])?.status == .noInput)
    let empty = failure([folder.url.path])
    #expect(empty?.description.contains("found none") == true && empty?.status == .noInput)
  }

  @Test func aTruthWithoutACapture() throws {
    let path = try write(Self.truth, to: "a.truth.json")
    let failure = failure([path])
    #expect(failure?.status == .noInput)
    #expect(
      failure?.description == "\(path): no capture beside it: expected \(folder.path("a.pcapng"))")
  }

  @Test("a truth may not lead to a file elsewhere")
  func captureElsewhere() throws {
    let elsewhere = Self.captures.appendingPathComponent("office-day.pcapng").path
    let path = try write(
      Self.truth.replacingOccurrences(of: "a.pcapng", with: elsewhere), to: "b.truth.json")
    #expect(failure([path])?.status == .noInput)
  }

  @Test func aCaptureWithoutATruth() throws {
    let path = try write("x", to: "b.pcap.gz")
    let failure = failure([path])
    #expect(failure?.status == .noInput)
    #expect(
      failure?.description
        == "\(folder.path("b.truth.json")): no such file: no truth beside \(path)")
  }

  @Test func aCaptureThatIsNone() throws {
    _ = try write(Self.truth, to: "a.truth.json")
    let capture = try write("no capture", to: "a.pcapng")
    let failure = failure([capture])
    #expect(failure?.status == .dataError && failure?.description.hasPrefix(capture) == true)
  }

  @Test func mistakesAreToldWithTheirPlace() throws {
    let truth = try write(
      Self.truth.replacingOccurrences(of: "\"prompt_total\": 1", with: "\"prompt_total\": -1"),
      to: "a.truth.json")
    let failure = failure([truth])
    #expect(failure?.status == .dataError)
    #expect(
      failure?.description
        == "\(truth):3:52: error: `prompt_total`: expected a whole number from 0 to 1000000000, found -1"
    )
    let sizes = try write("[{\"data_lengths\": 3}]", to: "s.json")
    #expect(
      self.failure([sizes])?.description
        == "\(sizes):1:19: error: `data_lengths`: expected a list, found 3")
  }

  @Test func aFileOfAnotherKind() throws {
    let path = try write("hello", to: "notes.txt")
    let failure = failure([path])
    #expect(failure?.status == .dataError && failure?.description.hasPrefix(path + ": ") == true)
  }

  @Test("a truth file that is too large is not read whole")
  func tooLarge() throws {
    let path = folder.path("a.truth.json")
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: 70 * 1_048_576)
    try file.close()
    #expect(failure([path])?.description == "\(path): expected at most 64 MiB")
  }

  @Test func capturesWithoutATruthInAFolderAreTold() throws {
    _ = try write(Self.truth, to: "a.truth.json")
    _ = try write("x", to: "other.pcap")
    var notes: [String] = []
    _ = try? EvaluateRun.evaluate(
      options([folder.url.path]), damaged: { _ in }, note: { notes.append($0) })
    #expect(notes == ["\(folder.path("other.pcap")): left out: no truth beside it"])
  }
}
