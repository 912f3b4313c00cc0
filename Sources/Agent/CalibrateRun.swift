import Capture
import Decryption
import Foundation
import ProviderRules
import Reports
package import StrictYAML
import TokenEstimation
import TrafficModel
import WireFormat

/// The work of `gnomon calibrate`: captures with known usage in, profiles of the site's own out.
///
/// This and the other files named `Calibrate…` are the only ones that know the room `Decryption`: neither `watch` nor
/// `analyze` has a way to it (a test looks).
package enum CalibrateRun {
  /// Where the truth comes from.
  package enum Source: String, Sendable, CaseIterable {
    /// The exchange itself, decrypted with a key log.
    case keys
    /// `NAME.truth.json` beside the capture.
    case truth
    /// A table.
    case usage
  }

  /// What kind of traffic it is, for the card.
  package enum Kind: String, Sendable, CaseIterable {
    case real, recorded, synthetic
  }

  package struct Options: Sendable {
    package var paths: [String]
    package var rules: String
    package var policy: String?
    /// Key logs beside those that lie beside the captures.
    package var keyLogs: [String] = []
    /// A table of known usage.
    package var table: String?
    /// Nil for the first of a table that is named, a key log, a truth that there is.
    package var source: Source?
    /// Nil for what the truth beside the captures says, else real.
    package var kind: Kind?
    /// Where the profiles are written; nil for nowhere.
    package var output: String?
    /// Files that are there may be replaced.
    package var replaces = false
    /// Nanoseconds that the times of a table may be off.
    package var tolerance: Int64 = 2_000_000_000
    package var date: CalendarDate?

    package init(paths: [String], rules: String, policy: String? = nil) {
      self.paths = paths
      self.rules = rules
      self.policy = policy
    }
  }

  /// - Parameter note: told of what is worth a line on standard error while the work goes on.
  /// - Throws: ``AgentError``; nothing has been written then.
  package static func run(
    _ options: Options, note: (String) -> Void
  ) throws(AgentError) -> CalibrateOutcome {
    let book = try RuleBook(directory: options.rules, policyPath: options.policy)
    let set = try AgentError.capturing { () throws(CaptureError) in
      try CaptureSet.expand(paths: options.paths)
    }
    set.notes.filter { !isCompanion($0) }.forEach(note)
    var log = KeyLog()
    for path in options.keyLogs { try add(path, to: &log) }
    let names = book.rules.services.map(\.id) + book.rules.providerIDs
    var table = try options.table.map { path throws(AgentError) in
      try CalibrateTable(path: path, names: names)
    }
    guard let box = CipherBox() else {
      throw AgentError("OpenSSL lacks AES-GCM or ChaCha20-Poly1305", status: .software)
    }

    var outcome = CalibrateOutcome()
    var pairing = CalibratePairing()
    var tableTurns: [MeteredTurn] = []
    var kinds: Set<String> = []
    var identities: Set<String> = []
    for path in set.paths {
      let beside = Beside(path)
      let keysBeside = beside.keys.map { FileManager.default.fileExists(atPath: $0) } ?? false
      let truthBeside = beside.truth.map { FileManager.default.fileExists(atPath: $0) } ?? false
      let source =
        options.source
        ?? (table != nil ? .usage : keysBeside || !options.keyLogs.isEmpty ? .keys : .truth)
      var truth: TruthSet?
      if truthBeside, let place = beside.truth {
        let read = try EvaluateSets.truth(at: place)
        kinds.insert(read.kind.rawValue)
        truth = read
      }
      if source == .keys, keysBeside, let place = beside.keys { try add(place, to: &log) }
      let meter = try meter(path, book, source == .keys ? (log, box) : nil)
      if let identity = meter.identity, !identities.insert(identity).inserted {
        note("\(path): the same capture as an earlier one, left out")
        continue
      }
      if let damage = meter.damage {
        outcome.damagedCount += 1
        note("\(damage.description); what came before was read")
      }
      outcome.captureCount += 1
      outcome.turnCount += meter.turns.count
      outcome.sources.insert(source)
      if let first = meter.turns.map(\.start).min(), let last = meter.turns.map(\.start).max() {
        outcome.first = min(outcome.first ?? first, first)
        outcome.last = max(outcome.last ?? last, last)
      }
      switch source {
      case .keys:
        if let tap = meter.tap {
          outcome.add(tap)
          let known = tap.exchanges.map { KnownUsage($0.exchange, on: $0.ends) }
          pairing.add(meter.turns, known, tolerance: options.tolerance)
        }
      case .truth:
        guard let truth else {
          throw AgentError(
            "\(path): expected a key log \(beside.keys ?? "(--keys)") or a truth "
              + "\(beside.truth ?? "file") beside it, or a table (--usage)", status: .noInput)
        }
        pairing.add(
          meter.turns, truth.turns.map { KnownUsage($0) }, tolerance: options.tolerance)
      case .usage:
        tableTurns += meter.turns
      }
    }
    if let table = table.take() {
      // A row may be of any of the captures.
      pairing.add(tableTurns, table.known, tolerance: options.tolerance)
    } else if options.source == .usage {
      throw AgentError("expected a table (--usage)", status: .usage)
    }
    outcome.unknownLabelCount = log.unknownLabelCount
    outcome.keyedConnectionCount = log.connectionCount
    outcome.pairing = pairing.counts
    let evidence = evidence(options, outcome, kinds)
    for (id, pairs) in pairing.pairs.sorted(by: { $0.key < $1.key }) {
      guard let profile = book.profiles[id] else { continue }
      outcome.calibrations.append(
        ProfileCalibration(of: profile, pairs: pairs, evidence: evidence))
    }
    try write(&outcome, options)
    return outcome
  }

  // MARK: reading

  /// What lies beside a capture: its name without what says how it is stored.
  private struct Beside {
    var keys: String?
    var truth: String?

    init(_ path: String) {
      guard path != "-" else { return }
      var stem = path
      for suffix in [".gz", ".zst", ".pcapng", ".pcap", ".cap"] where stem.hasSuffix(suffix) {
        stem.removeLast(suffix.count)
      }
      (keys, truth) = (stem + ".keys", stem + ".truth.json")
    }
  }

  /// Whether a note tells of a file that belongs to a labelled set and is no capture.
  private static func isCompanion(_ note: String) -> Bool {
    [".keys", ".json", ".csv", ".md", ".txt"].contains { note.contains($0 + ":") }
  }

  private static func add(_ path: String, to log: inout KeyLog) throws(AgentError) {
    let octets: [UInt8]
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      let data = try handle.read(upToCount: maximumKeyLogByteCount + 1) ?? Data()
      octets = Array(data)
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
    guard octets.count <= maximumKeyLogByteCount else {
      throw AgentError("\(path): a key log of more than 256 MiB", status: .dataError)
    }
    do {
      try log.add(octets, path: path)
    } catch {
      throw AgentError(error.description, status: .dataError)
    }
  }

  private static let maximumKeyLogByteCount = 256 << 20

  private struct Metered {
    var turns: [MeteredTurn] = []
    var tap: CalibrateTap?
    /// Of the capture, by its first frames; nil of one without any.
    var identity: String?
    /// The capture is cut short or damaged; what came before is here.
    var damage: AgentError?
  }

  /// Meters a capture as `gnomon turns` does, and decrypts it beside that where there are keys.
  private static func meter(
    _ path: String, _ book: RuleBook, _ keys: (log: KeyLog, box: CipherBox)?
  ) throws(AgentError) -> Metered {
    var turns: [MeteredTurn] = []
    let options = Pipeline.Options(sensor: "")
    let judge = Judge(book: book, window: options.window) { turn, flow, service, _ in
      turns.append(
        MeteredTurn(
          ends: .init(client: flow.sighting.client, server: flow.sighting.server),
          start: turn.start, end: turn.end, serviceID: service.id,
          providerID: service.providerID, upstreamByteCount: turn.upstream.byteCount,
          statistics: book.profiles.statistics(of: turn, profileID: service.profile)))
    }
    let tap = keys.map { CalibrateTap(log: $0.log, box: $0.box) }
    var result = Metered()
    var pipeline = try Pipeline(
      judge: judge, options: options, store: nil, started: .now(),
      seed: .random(in: .min ... .max))
    do throws(AgentError) {
      var file = try AgentError.capturing { () throws(CaptureError) in try CaptureFile(path: path) }
      var batch = FrameBatch()
      while true {
        let isMore: Bool
        do throws(CaptureError) { isMore = try file.fill(&batch) } catch { throw AgentError(error) }
        result.identity = file.identity.value
        guard isMore else { break }
        try pipeline.process(batch)
        tap?.process(batch)
      }
    } catch {
      guard error.status == .dataError else { throw error }
      result.damage = error
    }
    try pipeline.finish()
    tap?.finish()
    (result.turns, result.tap) = (turns, tap)
    return result
  }

  // MARK: what comes of it

  private static func evidence(
    _ options: Options, _ outcome: CalibrateOutcome, _ kinds: Set<String>
  ) -> ProfileCalibration.Evidence {
    let stated = options.kind ?? (kinds.count == 1 ? kinds.first.flatMap(Kind.init) : nil)
    // Of captures that differ, the weakest evidence.
    let kind: Kind =
      stated ?? (kinds.contains("synthetic") ? .synthetic : kinds.isEmpty ? .real : .recorded)
    let how = outcome.sources.map {
      switch $0 {
      case .keys: "key log"
      case .truth: "labelled set"
      case .usage: "table of usage"
      }
    }.sorted().joined(separator: ", ")
    let days = [outcome.first, outcome.last].compactMap {
      $0.map { String(UTCText($0).rfc3339.prefix(10)) }
    }
    let span = Set(days).count == 2 ? days.joined(separator: " to ") : days.first ?? "no turns"
    let evidence: CalibrationCard.Kind =
      switch kind {
      case .real: .realCiphertext
      case .recorded: .recordedBodies
      case .synthetic: .syntheticBodies
      }
    return ProfileCalibration.Evidence(
      kind: evidence,
      data: "this site's \(how), \(kind.rawValue) traffic of \(span)",
      date: options.date ?? today, command: "gnomon calibrate")
  }

  /// The epoch where the clock shows no day of the years 1970 to 9999.
  private static var today: CalendarDate {
    CalendarDate(String(UTCText(.now()).rfc3339.prefix(10))) ?? .epoch
  }

  /// Writes the changed profiles, after the set with them in it has been read back.
  private static func write(
    _ outcome: inout CalibrateOutcome, _ options: Options
  ) throws(AgentError) {
    let changed = outcome.calibrations.filter(\.isChanged)
    guard let folder = options.output, !changed.isEmpty else { return }
    let files = changed.map { calibration in
      let profile = calibration.profile
      return (
        id: profile.id, path: "\(folder)/\(profile.id).yaml",
        text: profile.fileText(
          comment: "Made by gnomon calibrate from \(calibration.prior.versionedID); "
            + "do not edit by hand.")
      )
    }
    for file in files {
      guard
        file.id.utf8.allSatisfy({
          (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x5f
        })
      else {
        throw AgentError(
          "\(file.id): a profile whose id makes no file name", status: .configuration)
      }
      if !options.replaces, FileManager.default.fileExists(atPath: file.path) {
        throw AgentError(
          "\(file.path): is there already; --replace replaces it", status: .ioError)
      }
    }
    try check(files, changed.map(\.profile), options)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw AgentError("\(folder): \(SystemMessage.of(error))", status: .ioError)
    }
    for file in files {
      try Document.write(file.text, to: file.path)
      outcome.written.append(file.path)
    }
  }

  /// Compiles the rules' profiles with the new ones in their places.
  private static func check(
    _ files: [(id: String, path: String, text: String)], _ profiles: [Profile], _ options: Options
  ) throws(AgentError) {
    let old = try RuleFiles(directory: options.rules, policyPath: options.policy).profiles
    let ids = Set(files.map(\.id))
    var sources: [(path: String, text: String)] = []
    for source in old {
      let id = source.text.split(separator: "\n").first { $0.hasPrefix("id:") }
      let name = id?.dropFirst(3).trimmingCharacters(in: CharacterSet(charactersIn: " \"'\r")) ?? ""
      if !ids.contains(name) { sources.append((source.path, source.text)) }
    }
    sources += files.map { ($0.path, $0.text) }
    let set: ProfileSet
    do {
      set = try ProfileSet(compiling: sources)
    } catch {
      throw AgentError(
        "the new profiles cannot be read back:\n" + error.lines.joined(separator: "\n"),
        status: .software)
    }
    for profile in profiles where set[profile.id] != profile {
      throw AgentError(
        "\(profile.id): the file would not read back as the profile it was made of",
        status: .software)
    }
  }
}
