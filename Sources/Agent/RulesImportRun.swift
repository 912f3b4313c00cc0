import Foundation
import ProviderRules
import Reports

/// The work of `gnomon rules import`: names of somebody else's list as rules of the site's own, for review.
package enum RulesImportRun {
  package struct Options: Sendable {
    /// The list; `-` for standard input.
    package var path: String
    /// Nil: what the first lines tell.
    package var format: String?
    /// Nil: named as the file that is written.
    package var provider: String?
    package var owner = LocalRuleFile.Owner(provider: "")
    package var into: String?
    package var match = "suffix"
    package var evidence = "usage"
    package var reason: String?
    package var isDryRun = false
    package var rules: String
    package var policy: String?
    /// The public suffix list; nil for the system's own.
    package var publicSuffixes: String?

    package init(path: String, rules: String) { (self.path, self.rules) = (path, rules) }
  }

  package struct Outcome: Sendable {
    /// The file's new text; nil where there is nothing to add.
    package var text: String?
    /// What to tell.
    package var report: [String] = []
  }

  /// Lines after which a list is given up.
  private static let maximumLineCount = 1_000_000
  /// Lines that the form is told by.
  private static let guessedLineCount = 200
  /// Names that become examples: all of a short list.
  private static let mostExamples = 200

  /// Imports a list, or says what its file would hold.
  ///
  /// - Parameter note: told of what was not looked at.
  /// - Throws: ``AgentError`` when a word is wrong, the rules have a mistake, the list cannot be read, is of no form that
  ///   is known or too long, or the file cannot be written.
  package static func run(
    _ options: Options, note: (String) -> Void
  ) throws(AgentError) -> Outcome {
    let isExact = try CommandText.choice(options.match, "--match", RulesAddRun.Match.self) == .exact
    let evidence = try CommandText.choice(options.evidence, "--evidence", EvidenceClass.self)
    if let reason = options.reason { try RulesAddRun.check(reason) }
    let suffixes = try RulesLintRun.publicSuffixes(options.publicSuffixes, note: note)
    let stem = options.into.map {
      URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent
    }
    guard let provider = options.provider ?? stem else {
      throw AgentError("expected --provider, --into, or both", status: .usage)
    }
    var owner = options.owner
    owner.provider = provider
    let file = try LocalRuleFile(
      owner, tier: .full, into: options.into, rules: options.rules, policy: options.policy)
    let given = try options.format.map { text throws(AgentError) in
      try CommandText.choice(text, "--format", ListLine.Format.self)
    }
    let (list, format) = try read(
      options.path, given, isExact,
      into: ListImport(rules: file.book.rules, provider: provider, suffixes: suffixes))

    var outcome = Outcome()
    let names = list.rulesToAdd
    outcome.report = report(list, names.count, options.path, format)
    guard let first = names.first else {
      outcome.report.append("nothing is new: nothing is written")
      return outcome
    }
    var rules = LocalRules(
      target: file.target,
      rules: names.map { .init(name: $0.text, isExact: $0.isExact, evidence: evidence) },
      hits: names.prefix(mostExamples).map(\.text),
      misses: file.misses(of: first.text, isExact: first.isExact),
      date: try RulesLintRun.today(nil), method: .lists, sources: [sourceID(options.path)],
      comments: [])
    rules.comments = [
      "\(rules.date): \(Quantity.counted(names.count, "name")) of a list in the form \(format.rawValue)"
    ]
    if let reason = options.reason { rules.comments.append(reason) }
    let (text, _) = try file.adding(rules)
    outcome.text = text
    if !options.isDryRun {
      try file.write(text)
      outcome.report.append("\(file.fullPath): written, to be reviewed")
    }
    return outcome
  }

  /// A list of a million lines takes less.
  private static let maximumByteCount = 64 << 20

  private static func read(
    _ path: String, _ given: ListLine.Format?, _ bareIsExact: Bool, into empty: ListImport
  ) throws(AgentError) -> (ListImport, ListLine.Format) {
    let name = path == "-" ? "standard input" : path
    var reader = LineReader(try open(path), name: name, maximumByteCount: Self.maximumByteCount)
    var head: [String] = []
    while head.count < guessedLineCount, let line = try reader.next() {
      // Editors put a byte order mark before the first line.
      head.append(head.isEmpty && line.hasPrefix("\u{feff}") ? String(line.dropFirst()) : line)
    }
    guard let format = given ?? ListLine.Format(guessedFrom: head) else {
      throw AgentError(
        "\(name): the first lines do not tell the form of the list: give --format, one of "
          + ListLine.Format.allCases.map(\.rawValue).joined(separator: ", "), status: .dataError)
    }
    var list = empty
    func line(_ text: String) -> ListLine {
      guard text.utf8.count < LineReader.maximumLength else {
        return .unusable("expected a line of less than \(LineReader.maximumLength) octets")
      }
      return ListLine(text, as: format, bareIsExact: bareIsExact)
    }
    for (index, text) in head.enumerated() {
      try list.take(line(text), at: "\(name):\(index + 1)")
    }
    var number = head.count
    while number >= guessedLineCount, let text = try reader.next() {
      number += 1
      guard number <= maximumLineCount else {
        throw AgentError(
          "\(name):\(number): expected at most \(maximumLineCount) lines: split the list",
          status: .dataError)
      }
      try list.take(line(text), at: "\(name):\(number)")
    }
    return (list, format)
  }

  private static func open(_ path: String) throws(AgentError) -> FileHandle {
    if path == "-" { return .standardInput }
    do { return try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
  }

  private static func report(
    _ list: ListImport, _ newCount: Int, _ path: String, _ format: ListLine.Format
  ) -> [String] {
    var lines = [
      "\(path): \(Quantity.counted(list.lineCount, "line")) read as \(format.rawValue), "
        + Quantity.counted(list.nameCount, "name")
    ]
    func add(_ count: Int, _ text: String, one: String? = nil, _ told: [String] = []) {
      guard count > 0 else { return }
      lines.append(Quantity.counted(count, one ?? text, plural: text))
      lines += told
    }
    lines.append("\(Quantity.grouped(newCount)) new")
    add(
      list.repeatedCount + list.new.count - newCount,
      "stand twice, or below another new name of the list",
      one: "stands twice, or below another new name of the list")
    add(
      list.known.values.reduce(0, +), "known already by rules of \(list.provider)",
      list.known.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(ListImport.mostTold)
        .map { "  \($0.value) \($0.key)" })
    add(list.others.count, "known by rules of others, left out", list.others.told)
    add(list.traps.count, "traps, left out", one: "trap, left out", list.traps.told)
    add(
      list.shadowing.count, "above shipped rules, left out: gnomon rules add takes one by one",
      list.shadowing.told)
    add(
      list.unusable.count, "lines or names that no rule can be made of",
      one: "line or name that no rule can be made of", list.unusable.told)
    add(
      list.leftOutCount, "marks beside names, not kept", one: "mark beside a name, not kept",
      list.leftOut.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "  \($0.value) \(ErrorLines.printable($0.key.prefix(60)))" })
    return lines
  }

  /// What the list is called under `sources`: its file's name as an id.
  private static func sourceID(_ path: String) -> String {
    let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let parts = stem.lowercased().split { !$0.isASCII || !$0.isLetter && !$0.isNumber }
    let id = parts.joined(separator: "-").prefix(64)
    // An id of digits alone would be a number.
    return id.isEmpty || id.allSatisfy(\.isNumber) ? "import" : "list-\(id)"
  }
}
