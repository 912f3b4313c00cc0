import Capture
import ProviderRules
import Reports
import TokenEstimation
import TrafficModel
import WireFormat

/// The work of `gnomon turns`: one line a turn of a capture, with its estimate. For a person with a capture and a
/// question; nothing of it is stored.
package enum TurnsRun {
  /// - Throws: ``AgentError``; turns before a capture's damage have been written.
  package static func list(
    path: String, rules: String, policy: String?, format: NamesLister.Format
  ) throws(AgentError) {
    let output = StandardOutput()
    let book = try RuleBook(directory: rules, policyPath: policy)
    let options = Pipeline.Options(sensor: "")
    let judge = Judge(book: book, window: options.window) { turn, flow, service, estimate in
      output.write(line(turn, flow, service, estimate, format))
    }
    var file = try AgentError.capturing { () throws(CaptureError) in try CaptureFile(path: path) }
    var pipeline = try Pipeline(
      judge: judge, options: options, store: nil, started: .now(),
      seed: .random(in: .min ... .max))
    var batch = FrameBatch()
    do throws(CaptureError) {
      while try file.fill(&batch) {
        do throws(AgentError) { try pipeline.process(batch) } catch { break }
      }
    } catch {
      try pipeline.finish()
      output.flush()
      throw AgentError(error)
    }
    try pipeline.finish()
    try output.finish()
  }

  private static func line(
    _ turn: Turn, _ flow: MeteredFlow, _ service: Service, _ estimate: TurnEstimate,
    _ format: NamesLister.Format
  ) -> String {
    switch format {
    case .ndjson:
      return JSONValue.object([
        ("start", .decimal(turn.start.seconds, places: 6)),
        ("end", .decimal(turn.end.seconds, places: 6)),
        ("client", .string(flow.sighting.client.description)),
        ("server", .string(flow.sighting.server.description)),
        ("transport", .string(turn.transport.rawValue)),
        ("provider", .string(service.providerID)), ("service", .string(service.id)),
        ("bytes_up", .integer(turn.upstream.byteCount)),
        ("bytes_down", .integer(turn.downstream.byteCount)),
        ("requests", .integer(turn.requestCount)), ("missed_bytes", .integer(turn.missedByteCount)),
        ("profile", .string(estimate.profile)),
        ("prompt_tokens", json(estimate.prompt, note: promptNote(estimate))),
        ("completion_tokens", json(estimate.completion)), ("hidden", .strings(estimate.hidden)),
      ]).text() + "\n"
    case .text:
      return "\(UTCText(turn.start).rfc3339) \(flow.sighting.client) → \(service.id)  "
        + "prompt \(text(estimate.prompt, note: promptNote(estimate))), completion \(text(estimate.completion))\n"
    }
  }

  private static func promptNote(_ estimate: TurnEstimate) -> String? {
    estimate.mayBeAttachment ? "may be an attachment" : nil
  }

  private static func json(_ figure: TurnEstimate.Figure, note: String? = nil) -> JSONValue {
    switch figure {
    case .stated(let count): .object([("how", .string("seen")), ("likely", .integer(count))])
    case .estimated(let estimate):
      .object(
        [
          ("how", .string("inferred")), ("low", .decimal(estimate.low, places: 1)),
          ("likely", .decimal(estimate.likely, places: 1)),
          ("high", .decimal(estimate.high, places: 1)),
        ] + (note.map { [("note", .string($0))] } ?? []))
    case .abstained(let reason):
      .object([("how", .string("unknown")), ("reason", .string(reason.rawValue))])
    }
  }

  private static func text(_ figure: TurnEstimate.Figure, note: String? = nil) -> String {
    switch figure {
    case .stated(let count): "\(count) (seen)"
    case .estimated(let estimate):
      "\(Quantity.compact(estimate.likely)) "
        + "(\(Quantity.compact(estimate.low))–\(Quantity.compact(estimate.high))"
        + "\(note.map { ", \($0)" } ?? ""))"
    case .abstained(let reason): "unknown (\(reason.rawValue))"
    }
  }
}
