package import ProviderRules

/// Rules as lists that other programs read. What a list cannot say (patterns, addresses, paths, shared hosts) is counted and
/// left out.
package struct RuleLists: Sendable {
  package enum Format: String, Sendable, CaseIterable {
    case suricata, zeek, dnsmasq, rpz, adguard, csv
  }

  /// Rules that the formats cannot hold, by what they are.
  package struct LeftOut: Sendable, Equatable {
    package var patterns = 0
    package var sharedHosts = 0
    package var addresses = 0
    package var paths = 0

    package var isNothing: Bool { patterns + sharedHosts + addresses + paths == 0 }
  }

  /// A name, and whether what is below it counts.
  struct Entry {
    var name: String
    var isSuffix: Bool
    var match: RuleMatch
    var rule: RuleOrigin
    var service: Service
    /// What of it the list must not hold.
    var exceptions: [Name] = []
    /// It lies below an exception of another entry.
    var isWithinException = false
  }

  /// A name, perhaps with all below it.
  struct Name: Hashable, Comparable {
    var text: String
    var isSuffix: Bool

    static func < (a: Self, b: Self) -> Bool {
      (a.text, a.isSuffix ? 1 : 0) < (b.text, b.isSuffix ? 1 : 0)
    }
  }

  let entries: [Entry]
  package private(set) var leftOut = LeftOut()
  let version: String

  /// - Parameters:
  ///   - evidence: the classes that are wanted.
  ///   - tier: the least sure tier that is wanted.
  package init(of set: RuleSet, evidence: Set<EvidenceClass>, tier: Service.Tier) {
    version = set.version
    func isWanted(_ match: RuleMatch) -> Bool {
      evidence.contains(match.evidence) && set.services[match.service].tier <= tier
        && !match.isShared
    }
    var entries: [Entry] = []
    var others: Set<Name> = []
    for match in set.matchesInOrder {
      let rule = set.rules[match.rule]
      let isInClass =
        evidence.contains(match.evidence) && set.services[match.service].tier <= tier
      switch rule.form {
      case .address: if isInClass { leftOut.addresses += 1 }
      case .path: if isInClass { leftOut.paths += 1 }
      case .regex: if isInClass { leftOut.patterns += 1 }
      case .suffix, .exact:
        let name = Name(text: rule.subject, isSuffix: rule.form == .suffix)
        // The site's own rules and traps may have taken the name.
        let inForce = set.match(name: name.sample)
        if isWanted(match) {
          guard inForce == match else { continue }
          entries.append(
            Entry(
              name: name.text, isSuffix: name.isSuffix, match: match, rule: rule,
              service: set.services[match.service]))
        } else {
          if isInClass, match.isShared { leftOut.sharedHosts += 1 }
          if !(inForce.map(isWanted) ?? false) { others.insert(name) }
        }
      }
    }
    for trap in set.traps {
      let name = Name(text: trap.name, isSuffix: true)
      if !(set.match(name: name.sample).map(isWanted) ?? false) { others.insert(name) }
    }
    self.entries = Self.excepting(others, from: entries).sorted {
      ($0.name, $0.isSuffix ? 1 : 0) < ($1.name, $1.isSuffix ? 1 : 0)
    }
  }

  /// Gives each entry what lies below it and is not wanted: of telemetry below a suffix of use, say.
  private static func excepting(_ others: Set<Name>, from entries: [Entry]) -> [Entry] {
    var entries = entries
    let suffixes = Dictionary(
      entries.indices.lazy.filter { entries[$0].isSuffix }.map { (entries[$0].name, $0) },
      uniquingKeysWith: { first, _ in first })
    for name in others.sorted() {
      for above in name.text.selfAndNamesAbove {
        let isSelf = above.utf8.count == name.text.utf8.count
        if !(isSelf && name.isSuffix), let place = suffixes[above] {
          entries[place].exceptions.append(name)
          break
        }
        // One that lies below another exception adds nothing.
        if others.contains(Name(text: above, isSuffix: true)), !isSelf || !name.isSuffix { break }
      }
    }
    let excepted = Set(entries.lazy.flatMap(\.exceptions).filter(\.isSuffix).map(\.text))
    for place in entries.indices {
      entries[place].isWithinException = entries[place].name.selfAndNamesAbove.contains {
        excepted.contains($0)
      }
    }
    return entries
  }

  /// How many names are excepted.
  package var exceptionCount: Int { entries.reduce(0) { $0 + $1.exceptions.count } }
}

extension RuleLists.Name {
  /// A name that the rule speaks of, and that hardly another one does.
  fileprivate var sample: String { isSuffix ? "gnomon--any--label.\(text)" : text }
}

extension String {
  /// `a.b.c`, `b.c`, `c`.
  fileprivate var selfAndNamesAbove: [String] {
    var names: [String] = []
    var rest = self[...]
    while true {
      names.append(String(rest))
      guard let dot = rest.firstIndex(of: ".") else { return names }
      rest = rest[rest.index(after: dot)...]
    }
  }
}
