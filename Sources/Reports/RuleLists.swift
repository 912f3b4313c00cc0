package import ProviderRules

/// Rules as lists that other programs read. What a list cannot say (patterns, addresses, paths, shared hosts) is counted and
/// left out.
package struct RuleLists: Sendable {
  package enum Format: String, Sendable, CaseIterable {
    case suricata, zeek, dnsmasq, rpz, adguard, csv
  }

  /// A name, and how much of what is below it counts.
  private struct Entry {
    var name: String
    var isSuffix: Bool
    var match: RuleMatch
    var rule: RuleOrigin
    var service: Service
  }

  private let entries: [Entry]
  /// Rules that the formats cannot hold.
  package let leftOut: Int
  private let version: String

  /// - Parameters:
  ///   - evidence: the classes that are wanted.
  ///   - tier: the least sure tier that is wanted.
  package init(of set: RuleSet, evidence: Set<EvidenceClass>, tier: Service.Tier) {
    var entries: [Entry] = []
    var leftOut = 0
    for match in set.nameMatches {
      let rule = set.rules[match.rule]
      let service = set.services[match.service]
      guard evidence.contains(match.evidence), service.tier <= tier else { continue }
      guard rule.form == .suffix || rule.form == .exact, !match.isShared else {
        leftOut += 1
        continue
      }
      entries.append(
        Entry(
          name: rule.subject, isSuffix: rule.form == .suffix, match: match, rule: rule,
          service: service))
    }
    self.entries = entries.sorted {
      ($0.name, $0.isSuffix ? 1 : 0) < ($1.name, $1.isSuffix ? 1 : 0)
    }
    self.leftOut = leftOut
    version = set.version
  }

  /// The list.
  ///
  /// - Parameter signatureBase: the first signature id that Suricata is given; those of local rules begin at 1,000,000.
  package func text(_ format: Format, signatureBase: Int = 1_000_000) -> String {
    let note = "gnomon rules \(version), \(entries.count) names"
    switch format {
    case .suricata: return suricata(note, signatureBase)
    case .zeek: return zeek()
    case .dnsmasq:
      return lines("# \(note): not answered; dnsmasq takes each with all below it") {
        "local=/\($0.name)/"
      }
    case .rpz: return rpz(note)
    case .adguard:
      return lines("! \(note)") { $0.isSuffix ? "||\($0.name)^" : "|\($0.name)^" }
    case .csv:
      return lines("name,match,provider,service,category,evidence,tier,rule") { entry in
        [
          entry.name, entry.isSuffix ? "suffix" : "exact", entry.service.providerID,
          entry.service.id, entry.service.category.rawValue, entry.match.evidence.rawValue,
          entry.service.tier.rawValue, entry.rule.description,
        ].joined(separator: ",")
      }
    }
  }

  private func lines(_ first: String, _ line: (Entry) -> String) -> String {
    ([first] + entries.map(line)).joined(separator: "\n") + "\n"
  }

  /// Alerts on TLS, QUIC and DNS names, `tls.sni`, `quic.sni` and `dns.query` of Suricata 7. An id comes from the name and
  /// the protocol, so that it stays when others are added.
  private func suricata(_ note: String, _ base: Int) -> String {
    var taken: Set<Int> = []
    func id(_ text: String) -> Int {
      var number = Int(RuleLists.hash(text) % 900_000)
      while !taken.insert(number).inserted { number = (number + 1) % 900_000 }
      return base + number
    }
    return lines("# \(note)") { entry in
      let content =
        entry.isSuffix
        ? "dotprefix; content:\".\(entry.name)\"; nocase; endswith;"
        : "content:\"\(entry.name)\"; nocase; startswith; endswith;"
      return [("tls", "tls.sni"), ("quic", "quic.sni"), ("dns", "dns.query")].map {
        "alert \($0.0) $HOME_NET any -> any any (msg:\"gnomon \(entry.service.id)\"; \($0.1); \(content) "
          + "classtype:policy-violation; sid:\(id("\($0.0) \(entry.name) \(entry.isSuffix)")); rev:1; "
          + "metadata:provider \(entry.service.providerID), evidence \(entry.match.evidence.rawValue), "
          + "tier \(entry.service.tier.rawValue);)"
      }.joined(separator: "\n")
    }
  }

  /// FNV-1a.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  /// Zeek's intelligence framework, fields between tabs. `Intel::DOMAIN` is the name itself: what is below a suffix it does
  /// not see.
  private func zeek() -> String {
    lines("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc") { entry in
      [
        entry.name, "Intel::DOMAIN", "gnomon-\(version)",
        "\(entry.service.id) (\(entry.match.evidence.rawValue), \(entry.service.tier.rawValue))",
      ].joined(separator: "\t")
    }
  }

  /// A response policy zone that answers NXDOMAIN.
  private func rpz(_ note: String) -> String {
    let head = """
      ; \(note)
      $TTL 300
      @ IN SOA localhost. root.localhost. (1 3600 900 604800 300)
      @ IN NS localhost.
      """
    return lines(head) { entry in
      entry.isSuffix ? "\(entry.name) CNAME .\n*.\(entry.name) CNAME ." : "\(entry.name) CNAME ."
    }
  }
}
