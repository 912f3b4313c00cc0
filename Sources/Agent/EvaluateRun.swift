import Capture
import Foundation
import ProviderRules
import Reports
import StrictYAML
package import TokenEstimation
import TrafficModel
import WireFormat

/// The work of `gnomon evaluate`: labelled sets through the whole pipeline, their estimates against the truth.
package enum EvaluateRun {
  package enum Format: String, Sendable, CaseIterable {
    case text, json, html
  }

  /// What rows may be told apart by, beside the kind of evidence.
  package enum Split: String, Sendable, CaseIterable {
    case source, model, recipe, service
  }

  package struct Options: Sendable {
    package var paths: [String]
    package var rules: String
    package var policy: String?
    package var format = Format.text
    /// Nil for standard output.
    package var output: String?
    package var split: Split?
    /// The service that sizes lists without one are of.
    package var sizesService = "openai-api"

    package init(paths: [String], rules: String, policy: String?) {
      self.paths = paths
      self.rules = rules
      self.policy = policy
    }
  }

  /// Evaluates and writes the document.
  ///
  /// - Parameter note: told of what is worth a line on standard error.
  package static func run(
    _ options: Options, note: (String) -> Void
  ) throws(AgentError) -> Outcome {
    var outcome = Outcome()
    let evaluation = try evaluate(
      options,
      damaged: { error in
        outcome.damagedCount += 1
        note("\(error.description); the set is left out")
      }, note: note)
    let report = AccuracyReport(
      evaluation: evaluation, generatedAt: .now(), program: "gnomon \(Version.current)")
    let document =
      switch options.format {
      case .text: AccuracyText.render(report)
      case .json: AccuracyJSON.render(report)
      case .html: AccuracyPage.render(report)
      }
    try Document.write(document, to: options.output)
    outcome.missedCount = evaluation.missedCount
    return outcome
  }

  /// What a run found, beside its document.
  package struct Outcome: Sendable {
    /// Rows with data that miss the bar.
    package var missedCount = 0
    /// Sets that were left out because their captures are damaged.
    package var damagedCount = 0

    package init() {}
  }

  /// - Parameter damaged: told of a capture that is cut short or damaged; its set is left out, as what its truth says of
  ///   the rest would count as missed.
  package static func evaluate(
    _ options: Options, damaged: (AgentError) -> Void, note: (String) -> Void
  ) throws(AgentError) -> Evaluation {
    let book = try RuleBook(directory: options.rules, policyPath: options.policy)
    let sources = try EvaluateSets.find(options.paths, note: note)
    var sets: [EvaluatedSet] = []
    for source in sources {
      switch source {
      case .labelled(let path, let capture, let truth):
        do throws(AgentError) {
          sets.append(try labelled(path, capture, truth, book))
        } catch {
          // With nothing else to measure it is the end.
          guard error.status == .dataError, sources.count > 1 else { throw error }
          damaged(error)
        }
      case .sizes(let path, let list):
        sets.append(try sizes(path, list, options.sizesService, book))
      }
      guard sets.reduce(0, { $0 + $1.trueTurnCount }) <= maximumTurns else {
        throw AgentError(
          "\(source.path): expected at most \(maximumTurns) true turns in all sets together",
          status: .dataError)
      }
    }
    guard !sets.isEmpty else {
      throw AgentError("no set is left: every capture is damaged", status: .dataError)
    }
    return Evaluation(
      sets: sets, by: options.split.flatMap { Evaluation.Split(rawValue: $0.rawValue) }
    ) { facts(of: $0, book) }
  }

  private static func labelled(
    _ path: String, _ capture: String, _ truth: TruthSet, _ book: RuleBook
  ) throws(AgentError) -> EvaluatedSet {
    let counted = truth.turns.filter { !book.policy.isExcluded($0.client.address) }
    let estimates = try turns(of: capture, book)
    var set = EvaluatedSet(
      name: path, kind: truth.kind, recipe: truth.recipe,
      matches: TurnMatch.all(truths: counted, estimates: estimates, nonTurns: truth.nonTurns))
    set.excludedCount = truth.turns.count - counted.count
    set.nonTurnCount = truth.nonTurns.count
    return set
  }

  /// What the pipeline finds in a capture.
  static func turns(
    of path: String, _ book: RuleBook
  ) throws(AgentError) -> [EstimatedTurn] {
    let options = Pipeline.Options(sensor: "")
    var turns: [EstimatedTurn] = []
    var isFull = false
    let judge = Judge(book: book, window: options.window) { turn, flow, service, estimate in
      guard turns.count < maximumTurns else {
        isFull = true
        return
      }
      turns.append(
        EstimatedTurn(
          client: flow.sighting.client, server: flow.sighting.server,
          isQUIC: turn.transport == .quic, start: turn.start, end: turn.end,
          serviceID: service.id, estimate: estimate, bytesUp: turn.upstream.byteCount,
          bytesDown: turn.downstream.byteCount))
    }
    var file = try AgentError.capturing { () throws(CaptureError) in try CaptureFile(path: path) }
    var pipeline = try Pipeline(
      judge: judge, options: options, store: nil, started: .now(),
      seed: .random(in: .min ... .max))
    var batch = FrameBatch()
    while try AgentError.capturing({ () throws(CaptureError) in try file.fill(&batch) }) {
      try pipeline.process(batch)
    }
    try pipeline.finish()
    guard !isFull else {
      throw AgentError("\(path): expected at most \(maximumTurns) turns", status: .dataError)
    }
    return turns
  }

  private static let maximumTurns = 1_000_000

  private static func sizes(
    _ path: String, _ list: SizesList, _ serviceID: String, _ book: RuleBook
  ) throws(AgentError) -> EvaluatedSet {
    guard let service = book.rules.service(id: serviceID) else {
      let known = book.rules.services.map(\.id)
      let near = NearMiss.suggestion(for: serviceID, among: known)
      throw AgentError(
        "no service \(serviceID) in the rules" + (near.map { "; did you mean \($0)?" } ?? ""),
        status: .usage)
    }
    let estimator = Estimator(profiles: book.profiles)
    let nobody = Endpoint(address: IPAddress(v4: 0), port: 0)
    var matches: [TurnMatch] = []
    matches.reserveCapacity(list.streams.count)
    for stream in list.streams {
      let turn = list.turn(of: stream)
      let client = Endpoint(address: nobody.address, port: stream.port)
      var truth = TrueTurn(
        client: client, server: nobody, start: stream.start, end: stream.end,
        serviceID: serviceID,
        usage: TrueTurn.Usage(promptTotal: nil, completionVisible: stream.tokens))
      truth.responseBodyBytes = stream.textBytes
      if serviceID == "openai-api" { truth.path = "/v1/chat/completions" }
      var segmentation = Segmentation()
      segmentation.right = 1
      let estimate = estimator.estimate(turn: turn, profileID: service.profile)
      matches.append(
        TurnMatch(
          truths: [truth],
          estimates: [
            EstimatedTurn(
              client: client, server: nobody, start: turn.start, end: turn.end,
              serviceID: serviceID, estimate: estimate, bytesDown: turn.downstream.byteCount)
          ], segmentation: segmentation))
    }
    var set = EvaluatedSet(
      name: path, kind: .real, recipe: "Sizes of streamed replies, read as \(serviceID)",
      matches: matches)
    set.isSizesOnly = true
    return set
  }

  private static func facts(of serviceID: String, _ book: RuleBook) -> ServiceFacts {
    guard let service = book.rules.service(id: serviceID) else { return ServiceFacts(profile: nil) }
    let profile = service.profile.flatMap { book.profiles[$0] }
    let isWebChat =
      switch service.category {
      case .chatWeb, .search, .aiApp, .writing, .meeting, .agent: true
      default: false
      }
    var facts = ServiceFacts(
      profile: profile?.versionedID, isWebChat: isWebChat,
      keepsHistory: profile?.keepsHistory ?? false)
    facts.isBorrowed = profile?.card.kind == .borrowed
    // A unary reply is told by a profile of its own, of the same calls.
    facts.models = [profile, profile.flatMap { $0.unary.flatMap { book.profiles[$0] } }]
      .compactMap { $0?.card.models }.reduce(into: []) { $0.formUnion($1) }
    return facts
  }
}
