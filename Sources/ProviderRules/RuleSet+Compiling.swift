import StrictYAML
import WireFormat

/// What a ``RuleSet`` is made of.
struct RuleTables {
  let services: [Service]
  let rules: [RuleOrigin]
  let traps: [TrapOrigin]
  let version: String
  let matches: [RuleMatch]
  let localNames: NameTable
  let names: NameTable
  let addresses: AddressTable
  let paths: PathTable
}

extension RuleTables {
  /// See ``RuleSet/init(compiling:traps:)``.
  init(compiling sources: [RuleSource], traps: RuleSource?) throws(RuleErrors) {
    var compiler = RuleCompiler()
    for source in sources.sorted(by: { $0.path < $1.path }) {
      compiler.read(source)
    }
    compiler.addFiles()
    if let traps { compiler.addTraps(traps) }
    self = try compiler.finish(
      version: RuleSource.version(of: sources + (traps.map { [$0] } ?? [])))
  }
}

/// Collects decoded files into flat tables, and what is wrong between them.
private struct RuleCompiler {
  private struct Checked {
    let path: String
    let isLocal: Bool
    let entry: ProviderFile.ServiceEntry
    let service: Int
  }

  private var diagnostics: [Diagnostic] = []
  private var files: [(source: RuleSource, file: ProviderFile)] = []
  private var services: [Service] = []
  private var checked: [Checked] = []
  private var rules: [RuleOrigin] = []
  private var traps: [TrapOrigin] = []
  private var matches: [RuleMatch] = []
  private var names = NameTable()
  private var localNames = NameTable()
  /// The site's own rules.
  private var localRules: Set<Int> = []
  private var blocks: [(prefix: IPPrefix, rule: Int32)] = []
  private var paths: [PathTable.Entry] = []
  /// Where each id and each rule was first seen.
  private var providerPlaces: [String: String] = [:]
  private var servicePlaces: [String: String] = [:]
  private var serviceIndexes: [String: Int] = [:]
  private var rulePlaces: [String: String] = [:]
  /// Names of exact and suffix rules, to tell which of them are traps.
  private var ruleNames: [(name: String, path: String, location: YAMLLocation)] = []

  mutating func read(_ source: RuleSource) {
    let file = decode(source) { ProviderFile.decode($0, $1, isLocal: source.isLocal) }
    guard let file else { return }
    files.append((source, file))
    guard !file.isExtension else { return }
    let place = "\(source.path):\(file.idLocation.line)"
    if let first = providerPlaces.updateValue(place, forKey: file.id) {
      report(
        source, file.idLocation, .duplicate,
        "expected a new provider id, found `\(file.id)` as in \(first)")
    }
  }

  /// Adds what was read: whole services first, as the others' rules go to them.
  mutating func addFiles() {
    let (files, mistakes) = ProviderFile.resolve(files)
    // Where a file could not be read its services are missing for no reason of those who name them.
    if diagnostics.isEmpty { diagnostics = mistakes }
    for isAddition in [false, true] {
      for (source, file) in files {
        for entry in file.services where entry.isAddition == isAddition { add(entry, source) }
      }
    }
  }

  private mutating func add(_ entry: ProviderFile.ServiceEntry, _ source: RuleSource) {
    if entry.isAddition {
      guard let service = serviceIndexes[entry.service.id] else { return }
      let first = rules.count
      add(rulesOf: entry, to: service, source)
      let voucher = RuleOrigin.Voucher(
        verified: entry.service.verified, sources: entry.service.sources)
      for rule in first..<rules.count { rules[rule].addedBy = voucher }
      return
    }
    let service = services.count
    serviceIndexes[entry.service.id] = service
    let place = "\(source.path):\(entry.location.line)"
    if let first = servicePlaces.updateValue(place, forKey: entry.service.id) {
      report(
        source, entry.location, .duplicate,
        "expected a new service id, found `\(entry.service.id)` as in \(first)")
    }
    services.append(entry.service)
    add(rulesOf: entry, to: service, source)
  }

  private mutating func add(
    rulesOf entry: ProviderFile.ServiceEntry, to service: Int, _ source: RuleSource
  ) {
    checked.append(
      Checked(path: source.path, isLocal: source.isLocal, entry: entry, service: service))
    guard !entry.service.isRetired else { return }
    for rule in entry.names { add(rule, service, source) }
    for block in entry.blocks where block.isMatchable {
      let text = "address \(block.prefix)"
      guard
        let rule = addRule(text, source, block.location, service, block.evidence)
      else { continue }
      blocks.append((block.prefix, rule))
    }
    for path in entry.paths {
      let text = "path \(path.path)" + (path.port.map { " at port \($0)" } ?? "")
      guard let rule = addRule(text, source, path.location, service, path.evidence)
      else { continue }
      paths.append(PathTable.Entry(path: Array(path.path.utf8), port: path.port, rule: rule))
      if paths.count == PathTable.maximumCount + 1 {
        report(
          source, path.location, .value,
          "expected at most \(PathTable.maximumCount) HTTP rules in all")
      }
    }
  }

  private mutating func add(
    _ rule: ProviderFile.NameRule, _ service: Int, _ source: RuleSource
  ) {
    let text =
      switch rule.form {
      case .exact(let name): "exact \(name)"
      case .suffix(let name): "suffix \(name)"
      case .pattern(_, let text, _): "regex \(text)"
      }
    guard
      let index = addRule(
        text, source, rule.location, service, rule.evidence, isShared: rule.isShared,
        needs: rule.needs)
    else { return }
    if source.isLocal {
      Self.insert(rule.form, index, into: &localNames)
    } else {
      Self.insert(rule.form, index, into: &names)
    }
    switch rule.form {
    case .exact(let name), .suffix(let name):
      if !source.isLocal { ruleNames.append((name, source.path, rule.location)) }
    case .pattern(let pattern, let text, let examples):
      for example in examples where !pattern.matches(example.text) {
        report(
          source, example.location, .example,
          "expected a name that \(YAMLNode.quoted(text)) matches, found \(YAMLNode.quoted(example.text))"
        )
      }
    }
  }

  private static func insert(
    _ form: ProviderFile.NameRule.Form, _ rule: Int32, into table: inout NameTable
  ) {
    switch form {
    case .exact(let name): table.update(name) { $0.exactRule = rule }
    case .suffix(let name): table.update(name) { $0.suffixRule = rule }
    case .pattern(let pattern, _, _): table.add(pattern, rule: rule)
    }
  }

  /// Notes a rule; nil, and a report, where the same rule stands already. The site's own rules may repeat others.
  private mutating func addRule(
    _ text: String, _ source: RuleSource, _ location: YAMLLocation, _ service: Int,
    _ evidence: EvidenceClass, isShared: Bool = false, needs: RuleOrigin.SecondSignal? = nil
  ) -> Int32? {
    let origin = RuleOrigin(path: source.path, line: location.line, text: text, needs: needs)
    let key = (source.isLocal ? "local " : "") + text
    if let first = rulePlaces.updateValue(origin.description, forKey: key) {
      report(
        source, location, .duplicate,
        "expected each name in one service only, found \(YAMLNode.quoted(text)) as in \(first)")
      return nil
    }
    let index = rules.count
    if source.isLocal { localRules.insert(index) }
    rules.append(origin)
    matches.append(
      RuleMatch(service: service, evidence: evidence, rule: index, isShared: isShared))
    return Int32(index)
  }

  mutating func addTraps(_ source: RuleSource) {
    guard let file = decode(source, TrapFile.decode) else { return }
    var places: [String: Int] = [:]
    for trap in file.traps {
      if let line = places.updateValue(trap.location.line, forKey: trap.name) {
        report(
          source, trap.location, .duplicate,
          "expected each trap once, found `\(trap.name)` as in line \(line)")
      }
      let index = Int32(clamping: traps.count)
      traps.append(
        TrapOrigin(
          name: trap.name, kind: trap.kind.rawValue, reason: trap.reason, path: source.path,
          line: trap.location.line))
      names.update(trap.name) { $0.trap = index }
    }
    for rule in ruleNames {
      guard let line = places[rule.name] else { continue }
      diagnostics.append(
        Diagnostic(
          path: rule.path, location: rule.location, id: .trap,
          message:
            "expected a name that is no trap, found `\(rule.name)` as in \(source.path):\(line)"))
    }
  }

  mutating func finish(version: String) throws(RuleErrors) -> RuleTables {
    let tables = RuleTables(
      services: services, rules: rules, traps: traps, version: version, matches: matches,
      localNames: localNames, names: names, addresses: AddressTable(blocks),
      paths: PathTable(paths))
    // Examples are only worth a message where the rules themselves are right.
    if diagnostics.isEmpty {
      let set = RuleSet(tables)
      for item in checked where !item.entry.service.isRetired { checkExamples(item, set) }
    }
    guard diagnostics.isEmpty else { throw RuleErrors(diagnostics) }
    return tables
  }

  private mutating func checkExamples(_ item: Checked, _ set: RuleSet) {
    let id = item.entry.service.id
    for hit in item.entry.hits {
      let match = set.match(example: hit.text)
      guard match?.service != item.service else { continue }
      // The site's own rules may take a name from the shipped ones; those stay right all the same.
      if let match, !item.isLocal, localRules.contains(match.rule) { continue }
      let found = match.map { "one of `\(set.services[$0.service].id)`" } ?? "none"
      diagnostics.append(
        Diagnostic(
          path: item.path, location: hit.location, id: .example,
          message: "expected \(YAMLNode.quoted(hit.text)) to match `\(id)`, found \(found)"))
    }
    for miss in item.entry.misses {
      guard let match = set.match(example: miss.text), match.service == item.service,
        item.isLocal || !localRules.contains(match.rule)
      else { continue }
      diagnostics.append(
        Diagnostic(
          path: item.path, location: miss.location, id: .example,
          message: "expected \(YAMLNode.quoted(miss.text)) not to match `\(id)`, "
            + "found \(YAMLNode.quoted(set.rules[match.rule].text)) in \(set.rules[match.rule])"))
    }
  }

  private mutating func decode<File>(
    _ source: RuleSource, _ body: (YAMLNode, StrictDecoder) -> File?
  ) -> File? {
    do {
      let root = try YAMLNode.parse(source.text, path: source.path)
      let decoder = StrictDecoder(path: source.path)
      let file = body(root, decoder)
      diagnostics += decoder.diagnostics
      return file
    } catch {
      diagnostics.append(error)
      return nil
    }
  }

  private mutating func report(
    _ source: RuleSource, _ location: YAMLLocation, _ id: DiagnosticID, _ message: String
  ) {
    diagnostics.append(
      Diagnostic(path: source.path, location: location, id: id, message: message))
  }
}

extension RuleSet {
  /// An example as rule files write them: a name, an address, or `:11434/api/chat`.
  package func match(example: String) -> RuleMatch? {
    if let address = IPAddress(example) { return match(address: address) }
    if example.utf8.first == UInt8(ascii: ":"), let slash = example.firstIndex(of: "/"),
      let port = UInt16(example[example.index(after: example.startIndex)..<slash])
    {
      return matchHTTP(path: String(example[slash...]), port: port)
    }
    return match(name: example)
  }
}
