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
  /// See ``RuleSet/init(compiling:traps:threads:)``.
  init(
    compiling sources: [RuleSource], traps: RuleSource?, threads: Int
  ) throws(RuleErrors) {
    var compiler = RuleCompiler()
    let sources = sources.sorted { $0.path < $1.path }
    DecodedProviderFile.forEach(of: sources, threads: threads) { compiler.add($0, $1) }
    compiler.addWhatExtends()
    if let traps { compiler.addTraps(traps) }
    self = try compiler.finish(
      version: RuleSource.version(of: sources + (traps.map { [$0] } ?? [])))
  }
}

/// Collects decoded files into flat tables, and what is wrong between them.
private struct RuleCompiler {
  /// The examples of a service.
  private struct Checked {
    let path: String
    let isLocal: Bool
    let service: Int
    let hits: [ProviderFile.Example]
    let misses: [ProviderFile.Example]
    let tenants: [ProviderFile.TenantExample]
  }

  private var diagnostics: [Diagnostic] = []
  private var services: [Service] = []
  private var checked: [Checked] = []
  private var rules: [RuleOrigin] = []
  private var traps: [TrapOrigin] = []
  private var matches: [RuleMatch] = []
  private var names = NameTable()
  private var localNames = NameTable()
  /// The site's own rules.
  private var localRules: Set<Int> = []
  /// Files that add to what others describe; these must be there first.
  private var extending: [(source: RuleSource, file: ProviderFile)] = []
  private var blocks: [(prefix: IPPrefix, rule: Int32)] = []
  private var paths: [PathTable.Entry] = []
  /// Where each id was first seen.
  private var providerPlaces: [String: String] = [:]
  private var servicePlaces: [String: String] = [:]
  /// Rules that no table of names tells to be there, by their text: regexes, addresses and paths, of the set and of the site.
  private var otherRules: [String: Int32] = [:]
  private var otherLocalRules: [String: Int32] = [:]

  mutating func add(_ source: RuleSource, _ decoded: DecodedProviderFile) {
    diagnostics += decoded.diagnostics
    guard let file = decoded.file else { return }
    if file.isExtension || !file.additions.isEmpty { extending.append((source, file)) }
    guard !file.isExtension else { return }
    let place = "\(source.path):\(file.idLocation.line)"
    if let first = providerPlaces.updateValue(place, forKey: file.id) {
      report(
        source, file.idLocation, .duplicate,
        "expected a new provider id, found `\(file.id)` as in \(first)")
    }
    for entry in file.services { add(entry, source) }
  }

  /// Adds new services of providers that others describe, then rules of services that others describe.
  mutating func addWhatExtends() {
    guard !extending.isEmpty else { return }
    var mistakes: [Diagnostic] = []
    let providers = ProviderFile.Known(services)
    for (source, file) in extending where file.isExtension {
      for entry in providers.services(of: file, source, &mistakes) { add(entry, source) }
    }
    let known = ProviderFile.Known(services)
    let indexes = Dictionary(
      services.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (source, file) in extending {
      for entry in known.additions(of: file, source, &mistakes) {
        guard let service = indexes[entry.service.id] else { continue }
        let first = rules.count
        addRules(of: entry, to: service, source)
        let voucher = RuleOrigin.Voucher(entry.service.verified, entry.service.sources)
        for rule in first..<rules.count { rules[rule].addedBy = voucher }
      }
    }
    // Where a file could not be read its services are missing for no fault of those who name them.
    if diagnostics.isEmpty { diagnostics = mistakes }
  }

  private mutating func add(_ entry: ProviderFile.ServiceEntry, _ source: RuleSource) {
    let service = services.count
    let place = "\(source.path):\(entry.location.line)"
    if let first = servicePlaces.updateValue(place, forKey: entry.service.id) {
      report(
        source, entry.location, .duplicate,
        "expected a new service id, found `\(entry.service.id)` as in \(first)")
    }
    services.append(entry.service)
    guard !entry.service.isRetired else { return }
    addRules(of: entry, to: service, source)
  }

  private mutating func addRules(
    of entry: ProviderFile.ServiceEntry, to service: Int, _ source: RuleSource
  ) {
    checked.append(
      Checked(
        path: source.path, isLocal: source.isLocal, service: service, hits: entry.body.hits,
        misses: entry.body.misses, tenants: entry.body.tenants))
    for rule in entry.body.names { add(rule, service, source) }
    for block in entry.body.blocks where block.isMatchable {
      let origin = RuleOrigin(
        path: source.path, form: .address, subject: "\(block.prefix)", needs: nil,
        location: block.location)
      guard let rule = addRule(origin, source, service, block.evidence) else { continue }
      blocks.append((block.prefix, rule))
    }
    for path in entry.body.paths {
      let origin = RuleOrigin(
        path: source.path, form: .path,
        subject: path.path + (path.port.map { " at port \($0)" } ?? ""), needs: nil,
        location: path.location)
      guard let rule = addRule(origin, source, service, path.evidence) else { continue }
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
    let (form, subject): (RuleOrigin.Form, String) =
      switch rule.form {
      case .exact(let name): (.exact, name)
      case .suffix(let name): (.suffix, name)
      case .pattern(_, let text, _): (.regex, text)
      }
    let origin = RuleOrigin(
      path: source.path, form: form, subject: subject, needs: rule.needs, tenant: rule.tenant,
      location: rule.location)
    guard
      let index = addRule(origin, source, service, rule.evidence, isShared: rule.isShared)
    else { return }
    guard case .pattern(let pattern, let text, let examples) = rule.form else { return }
    if source.isLocal {
      localNames.add(pattern, matches[Int(index)])
    } else {
      names.add(pattern, matches[Int(index)])
    }
    for example in examples where !pattern.matches(example.text) {
      report(
        source, example.location, .example,
        "expected a name that \(YAMLNode.quoted(text)) matches, found \(YAMLNode.quoted(example.text))"
      )
    }
  }

  /// Notes a rule; nil, and a report, where the same rule stands already. The site's own rules may repeat others.
  private mutating func addRule(
    _ origin: RuleOrigin, _ source: RuleSource, _ service: Int, _ evidence: EvidenceClass,
    isShared: Bool = false
  ) -> Int32? {
    let index = Int32(clamping: rules.count)
    let match = RuleMatch(
      service: service, evidence: evidence, rule: Int(index), isShared: isShared)
    let first: Int32
    switch origin.form {
    case .exact, .suffix:
      let key: WritableKeyPath<NameTable.Entry, RuleMatch?> =
        origin.form == .exact ? \.exact : \.suffix
      func claim(_ entry: inout NameTable.Entry) -> Int32 {
        if let before = entry[keyPath: key] { return Int32(clamping: before.rule) }
        entry[keyPath: key] = match
        return index
      }
      first =
        source.isLocal
        ? localNames.update(origin.subject, claim) : names.update(origin.subject, claim)
    case .regex, .address, .path:
      first =
        source.isLocal
        ? otherLocalRules.claim(origin.text, index) : otherRules.claim(origin.text, index)
    }
    guard first == index else {
      report(
        source, origin.location, .duplicate,
        "expected each name in one service only, found \(YAMLNode.quoted(origin.text)) as in \(rules[Int(first)])"
      )
      return nil
    }
    if source.isLocal { localRules.insert(rules.count) }
    rules.append(origin)
    matches.append(match)
    return index
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
      let entry = names.update(trap.name) { entry in
        entry.trap = index
        return entry
      }
      for match in [entry.exact, entry.suffix].compactMap(\.self) {
        let origin = rules[match.rule]
        diagnostics.append(
          Diagnostic(
            path: origin.path, location: origin.location, id: .trap,
            message: "expected a name that is no trap, found `\(trap.name)` as in "
              + "\(source.path):\(trap.location.line)"))
      }
    }
  }

  mutating func finish(version: String) throws(RuleErrors) -> RuleTables {
    names.fit()
    localNames.fit()
    let tables = RuleTables(
      services: services, rules: rules, traps: traps, version: version, matches: matches,
      localNames: localNames, names: names, addresses: AddressTable(blocks),
      paths: PathTable(paths))
    // Examples are only worth a message where the rules themselves are right.
    if diagnostics.isEmpty {
      let set = RuleSet(tables)
      for item in checked { checkExamples(item, set) }
    }
    guard diagnostics.isEmpty else { throw RuleErrors(diagnostics) }
    return tables
  }

  private mutating func checkExamples(_ item: Checked, _ set: RuleSet) {
    let id = services[item.service].id
    for hit in item.hits {
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
    for example in item.tenants {
      let match = set.match(name: example.name)
      // As with the hits, the site's own rules may take a name.
      if let match, !item.isLocal, localRules.contains(match.rule) { continue }
      let told = match.flatMap { set.rules[$0.rule].tenant(in: example.name) }
      let found = told ?? TenantLabel.none
      guard match?.service != item.service || found != example.tenant else { continue }
      diagnostics.append(
        Diagnostic(
          path: item.path, location: example.location, id: .example,
          message: "expected \(YAMLNode.quoted(example.name)) to tell the tenant "
            + "\(YAMLNode.quoted(example.tenant)) of `\(id)`, found \(YAMLNode.quoted(found))"))
    }
    for miss in item.misses {
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

extension [String: Int32] {
  /// The first rule with this text: this one where there was none.
  fileprivate mutating func claim(_ text: String, _ rule: Int32) -> Int32 {
    let first = self[text, default: rule]
    self[text] = first
    return first
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
