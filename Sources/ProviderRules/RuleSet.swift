package import WireFormat

/// All provider rules, compiled: says what a name, an address or a clear-text path tells about its user.
///
/// Nothing in it changes after it was made, so a reload makes another one and swaps them. A class, because whoever asks
/// it something would otherwise hold each of its tables for that time: eleven counts up and down for each name.
package final class RuleSet: Sendable {
  /// Ordered by path, then as written.
  package let services: [Service]
  /// Where each rule stands; ``RuleMatch/rule`` counts these.
  package let rules: [RuleOrigin]
  package let traps: [TrapOrigin]
  /// 12 hexadecimal digits that change with any file.
  package let version: String

  let matches: [RuleMatch]
  let localNames: NameTable
  let names: NameTable
  let addresses: AddressTable
  let paths: PathTable
  private let serviceIndex: [String: Int]
  private let trapNames: Set<String>

  /// Compiles provider files and, where there is one, the trap file.
  ///
  /// - Parameter threads: that read the files side by side; the rules are the same with any number.
  /// - Throws: Everything that is wrong with them: syntax, unknown keys and values, ids that occur twice, one name in
  ///   two services, a rule whose name is a trap, examples that do not hold.
  package convenience init(
    compiling sources: [RuleSource], traps: RuleSource? = nil, threads: Int = 1
  ) throws(RuleErrors) {
    self.init(try RuleTables(compiling: sources, traps: traps, threads: threads))
  }

  init(_ tables: RuleTables) {
    services = tables.services
    rules = tables.rules
    traps = tables.traps
    version = tables.version
    trapNames = Set(tables.traps.map(\.name))
    matches = tables.matches
    localNames = tables.localNames
    names = tables.names
    addresses = tables.addresses
    paths = tables.paths
    serviceIndex = Dictionary(
      tables.services.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What the host name in `name` matches: exact, then longest suffix, then pattern; the site's own rules first.
  ///
  /// Upper case counts as lower case, one trailing dot is ignored; octets that no host name holds match nothing.
  /// The cost depends on the labels of the name, not on the number of rules, and nothing is allocated.
  package func match(name: RawSpan) -> RuleMatch? {
    var cost = NameTable.Cost()
    return match(name: name, cost: &cost)
  }

  package func match(name: String) -> RuleMatch? {
    // Safe: every octet of a string is initialized, and the span ends before the string does.
    unsafe match(name: name.utf8.span.bytes)
  }

  func match(name: RawSpan, cost: inout NameTable.Cost) -> RuleMatch? {
    if localNames.count > 0, let match = localNames.match(name, cost: &cost) { return match }
    return names.match(name, cost: &cost)
  }

  /// Whether a name is one of the traps or lies below one.
  package func isTrap(_ name: String) -> Bool {
    var rest = Substring(name)
    while true {
      if trapNames.contains(String(rest)) { return true }
      guard let dot = rest.firstIndex(of: ".") else { return false }
      rest = rest[rest.index(after: dot)...]
    }
  }

  /// What a destination address matches: the longest block that its provider documents as its own ingress and that
  /// serves nobody else. Weaker than any name, so ask only where there is none.
  package func match(address: IPAddress) -> RuleMatch? {
    addresses.rule(for: address).map { matches[Int($0)] }
  }

  /// What a clear-text HTTP request matches, by its target (`/api/chat?x=1`) and the server's port.
  package func matchHTTP(path: RawSpan, port: UInt16) -> RuleMatch? {
    paths.rule(for: path, port: port).map { matches[Int($0)] }
  }

  package func matchHTTP(path: String, port: UInt16) -> RuleMatch? {
    // Safe: every octet of a string is initialized, and the span ends before the string does.
    unsafe matchHTTP(path: path.utf8.span.bytes, port: port)
  }

  /// What each rule says, in the order in which they stand.
  package var matchesInOrder: [RuleMatch] { matches }

  /// What each rule of a name says, in the order in which they stand; rules of addresses and paths are not among them.
  package var nameMatches: [RuleMatch] {
    matches.filter { rules[$0.rule].form.isName }
  }

  /// The names that rules of shared hosts need beside them, each once, sorted.
  package var secondNames: [String] {
    Set(rules.lazy.compactMap { $0.needs?.name }).sorted()
  }

  /// The service with this id.
  package func service(id: String) -> Service? {
    serviceIndex[id].map { services[$0] }
  }

  /// The ids of all providers, sorted.
  package var providerIDs: [String] {
    Set(services.map(\.providerID)).sorted()
  }
}
