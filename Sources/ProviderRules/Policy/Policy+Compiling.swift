import StrictYAML
import WireFormat

extension Policy {
  /// Compiles a policy file.
  ///
  /// - Parameter rules: Where given, lines about providers and services that it does not know are errors.
  /// - Throws: Everything that is wrong with the file.
  package init(compiling source: RuleSource, against rules: RuleSet? = nil) throws(RuleErrors) {
    let root: YAMLNode
    do {
      root = try YAMLNode.parse(source.text, path: source.path)
    } catch {
      throw RuleErrors([error])
    }
    let decoder = StrictDecoder(path: source.path)
    let compiler = PolicyCompiler(source: source, rules: rules, decoder: decoder)
    let policy = decoder.mapping(root, "a policy") { compiler.policy($0) }
    guard let policy, decoder.diagnostics.isEmpty else { throw RuleErrors(decoder.diagnostics) }
    self = policy
  }
}

/// Reads the file from top to bottom: groups first, then the lines that name them.
private final class PolicyCompiler {
  /// What a line may say: `unknown` is what stands where no line speaks.
  private static let verdicts = [Verdict.approved, .tolerated, .unapproved].map(\.rawValue)

  private let source: RuleSource
  private let decoder: StrictDecoder
  private let providerIDs: Set<String>?
  private let serviceIDs: Set<String>?

  private var groups: [Policy.Group] = []
  private var groupIndex: [String: Int] = [:]
  private var blocks: [(prefix: IPPrefix, rule: Int32)] = []
  private var blockLines: [IPPrefix: Int] = [:]
  private var groupByMAC: [MACAddress: Int] = [:]
  private var lines: [Policy.Line] = []
  private var lineIndex: [Policy.Target: Int] = [:]

  init(source: RuleSource, rules: RuleSet?, decoder: StrictDecoder) {
    self.source = source
    self.decoder = decoder
    providerIDs = rules.map { Set($0.providerIDs) }
    serviceIDs = rules.map { Set($0.services.map(\.id)) }
  }

  func policy(_ m: MappingReader) -> Policy? {
    _ = m.int("schema", in: 1...1)
    let defaultVerdict = m.choice("default", as: Verdict.self)
    _ = m.optionalList("groups") { node in
      decoder.mapping(node, "a group") { self.addGroup($0) }
    }
    _ = m.optionalList("verdicts") { node in
      decoder.mapping(node, "a line of verdict") { self.addLine($0) }
    }
    let unknownNameDays = m.optionalInt("unknown_names_days", in: 0...366)
    guard let defaultVerdict else { return nil }
    return Policy(
      version: RuleSource.version(of: [source]), groups: groups, defaultVerdict: defaultVerdict,
      unknownNameDays: unknownNameDays ?? 30, path: source.path, lines: lines, lineIndex: lineIndex,
      addresses: AddressTable(blocks),
      groupByMAC: groupByMAC, groupIndex: groupIndex)
  }

  private func addGroup(_ m: MappingReader) -> Bool? {
    let id = m.identifier("id")
    let name = m.optionalString("name")
    let isExcluded = m.optionalBool("excluded") ?? false
    let defaultVerdict = m.optionalChoice("default", as: Verdict.self)
    let index = groups.count
    let prefixes = m.optionalList("cidrs") { self.prefix($0) }
    let macs = m.optionalList("macs") { self.mac($0) }
    if prefixes.isEmpty, macs.isEmpty {
      decoder.report(m.location, "expected cidrs or macs that make the group")
    }
    guard let id else { return nil }
    if groupIndex.updateValue(index, forKey: id) != nil {
      m.report("id", "expected a new group id, found `\(id)` again", id: .duplicate)
    }
    blocks += prefixes.map { ($0, Int32(index)) }
    for mac in macs { groupByMAC[mac] = index }
    groups.append(
      Policy.Group(
        id: id, name: name ?? id, isExcluded: isExcluded, defaultVerdict: defaultVerdict))
    return true
  }

  private func prefix(_ node: YAMLNode) -> IPPrefix? {
    guard let text = decoder.string(node) else { return nil }
    guard let prefix = IPPrefix(text) else {
      decoder.report(
        node.location, "expected a block such as 10.20.1.0/24, found \(YAMLNode.quoted(text))")
      return nil
    }
    if let line = blockLines.updateValue(node.location.line, forKey: prefix) {
      decoder.report(node.location, "expected each block once, found \(prefix) as in line \(line)")
    }
    return prefix
  }

  private func mac(_ node: YAMLNode) -> MACAddress? {
    guard let text = decoder.string(node) else { return nil }
    guard let mac = MACAddress(text) else {
      decoder.report(
        node.location,
        "expected an address such as 02:00:5e:10:00:01, found \(YAMLNode.quoted(text))")
      return nil
    }
    if groupByMAC[mac] != nil {
      decoder.report(node.location, "expected each address in one group, found \(mac) again")
    }
    return mac
  }

  private func addLine(_ m: MappingReader) -> Bool? {
    let group = m.string("group")
    let provider = m.optionalIdentifier("provider")
    let service = m.optionalIdentifier("service")
    let verdict = m.node("verdict").flatMap { decoder.choice($0, among: Self.verdicts) }
      .flatMap(Verdict.init(rawValue:))
    let owner = m.string("owner")
    let reason = m.string("reason")
    let expires = m.optionalDate("expires")
    guard (provider == nil) != (service == nil) else {
      decoder.report(m.location, "expected either provider or service")
      return nil
    }
    guard let group, let verdict, let owner, let reason,
      isKnown(group, among: ["*"] + groups.map(\.id), "group", m),
      let target = target(m, groupIndex[group], provider, service)
    else { return nil }
    if let first = lineIndex[target] {
      decoder.report(
        m.location,
        "expected one line for each group and target, found another in line \(lines[first].number)")
    }
    lineIndex[target] = lines.count
    lines.append(
      Policy.Line(
        verdict: verdict, owner: owner, reason: reason, lastDay: expires?.daysSince1970,
        expiry: expires?.description, number: m.location.line))
    return true
  }

  private func target(
    _ m: MappingReader, _ group: Int?, _ provider: String?, _ service: String?
  ) -> Policy.Target? {
    if let service {
      guard isKnown(service, among: serviceIDs?.sorted(), "service", m) else { return nil }
      return Policy.Target(group: group, kind: .service, id: service)
    }
    guard let provider, isKnown(provider, among: providerIDs?.sorted(), "provider", m) else {
      return nil
    }
    return Policy.Target(group: group, kind: .provider, id: provider)
  }

  /// Whether `id` is one of `known`, where that is known.
  private func isKnown(
    _ id: String, among known: [String]?, _ key: String, _ m: MappingReader
  ) -> Bool {
    guard let known, !known.contains(id) else { return true }
    var message = "expected the id of a \(key), found \(YAMLNode.quoted(id))"
    if let near = NearMiss.suggestion(for: id, among: known) {
      message += "; did you mean `\(near)`?"
    }
    m.report(key, message, id: .reference)
    return false
  }
}
