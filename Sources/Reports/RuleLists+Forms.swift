extension RuleLists {
  /// The list.
  ///
  /// - Parameter signatureBase: the first signature id that Suricata is given; those of local rules begin at 1,000,000.
  package func text(_ format: Format, signatureBase: Int = 1_000_000) -> String {
    let note = "gnomon rules \(version), \(entries.count) names, \(exceptionCount) exceptions"
    switch format {
    case .suricata: return suricata(note, signatureBase)
    case .zeek: return zeek()
    case .dnsmasq: return dnsmasq(note)
    case .rpz: return rpz(note)
    case .adguard: return adguard(note)
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

  /// Names of which an entry speaks alone, though what is below them is excepted.
  private var exactNames: Set<String> {
    Set(entries.lazy.filter { !$0.isSuffix }.map(\.name))
  }

  private func lines(_ first: String, _ line: (Entry) -> String?) -> String {
    ([first] + entries.compactMap(line)).joined(separator: "\n") + "\n"
  }

  /// Alerts on TLS, QUIC and DNS names, `tls.sni`, `quic.sni` and `dns.query` of Suricata 7. An id comes from the name and
  /// the protocol, so that it stays when others are added.
  private func suricata(_ note: String, _ base: Int) -> String {
    var taken: Set<Int> = []
    func id(_ text: String) -> Int {
      var number = Int(Self.hash(text) % 900_000)
      while !taken.insert(number).inserted { number = (number + 1) % 900_000 }
      return base + number
    }
    return lines("# \(note)") { entry in
      var content = "content:\"\(entry.name)\"; nocase; startswith; endswith;"
      if entry.isSuffix {
        // The buffer begins with a dot then, and so does each name that must not be there.
        let exceptions = entry.exceptions.map {
          " content:!\".\($0.text)\"; nocase;\($0.isSuffix ? "" : " startswith;") endswith;"
        }
        content =
          "dotprefix; content:\".\(entry.name)\"; nocase; endswith;" + exceptions.joined()
      }
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
  /// not see, so that a suffix whose own name is not wanted has no line.
  private func zeek() -> String {
    lines("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc") { entry in
      if entry.exceptions.contains(Name(text: entry.name, isSuffix: false)) { return nil }
      return [
        entry.name, "Intel::DOMAIN", "gnomon-\(version)",
        "\(entry.service.id) (\(entry.match.evidence.rawValue), \(entry.service.tier.rawValue))",
      ].joined(separator: "\t")
    }
  }

  /// Names that are not answered; the longest that speaks of a name decides. dnsmasq takes each with all below it: an exception
  /// for a suffix's own name alone cannot be said.
  private func dnsmasq(_ note: String) -> String {
    let exactNames = exactNames
    return lines("# \(note): not answered; dnsmasq takes each with all below it") { entry in
      let exceptions = entry.exceptions.filter {
        $0.text != entry.name && !exactNames.contains($0.text)
      }
      return (["local=/\(entry.name)/"] + exceptions.map { "server=/\($0.text)/#" })
        .joined(separator: "\n")
    }
  }

  /// An exception takes names from every rule, so that what lies below one and is wanted says that it is important.
  private func adguard(_ note: String) -> String {
    lines("! \(note)") { entry in
      let important = entry.isWithinException ? "$important" : ""
      let rule = (entry.isSuffix ? "||" : "|") + "\(entry.name)^" + important
      let exceptions = entry.exceptions.map { "@@\($0.isSuffix ? "||" : "|")\($0.text)^" }
      return ([rule] + exceptions).joined(separator: "\n")
    }
  }

  /// A response policy zone that answers NXDOMAIN, and truly where an exception stands: the longest owner name decides.
  private func rpz(_ note: String) -> String {
    let head = """
      ; \(note)
      $TTL 300
      @ IN SOA localhost. root.localhost. (1 3600 900 604800 300)
      @ IN NS localhost.
      """
    let exactNames = exactNames
    return lines(head) { entry in
      let own = Name(text: entry.name, isSuffix: false)
      var lines = entry.exceptions.contains(own) ? [] : ["\(entry.name) CNAME ."]
      if entry.isSuffix { lines.append("*.\(entry.name) CNAME .") }
      for name in entry.exceptions where name != own {
        if !exactNames.contains(name.text) { lines.append("\(name.text) CNAME rpz-passthru.") }
        if name.isSuffix { lines.append("*.\(name.text) CNAME rpz-passthru.") }
      }
      return lines.joined(separator: "\n")
    }
  }
}
