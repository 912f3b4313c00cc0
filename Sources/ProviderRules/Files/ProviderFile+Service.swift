import StrictYAML
import WireFormat

extension ProviderFile.ServiceEntry {
  static func decode(
    _ m: MappingReader, providerID: String, providerName: String, isRetired: Bool
  ) -> Self? {
    let id = m.identifier("id")
    let name = m.string("name")
    let category = m.choice("category", as: Service.Category.self)
    let dataEgress = m.choice("data_egress", as: Service.DataEgress.self)
    let profile = m.optionalIdentifier("profile")
    let tags = m.optionalStrings("tags")
    let tier = m.choice("confidence", as: Service.Tier.self)
    let body = ProviderFile.Body.decode(m)
    guard let id, let name, let category, let dataEgress, let tier, let body else { return nil }
    let service = Service(
      id: id, name: name, providerID: providerID, providerName: providerName, category: category,
      dataEgress: dataEgress, profile: profile, tier: tier, isRetired: isRetired,
      verified: body.verified, sources: body.sources, tags: tags)
    return Self(service: service, location: m.location(of: "id"), body: body)
  }
}

extension ProviderFile.Body {
  /// Reads `match`, `verified`, `sources` and `examples`.
  static func decode(_ m: MappingReader) -> Self? {
    let rules = m.mapping("match", "a match") { match in RuleLists.decode(match) }
    let verified = m.mapping("verified", "a verification") { v -> Service.Verification? in
      let date = v.date("date")
      let method = v.choice("by", as: Service.Verification.Method.self)
      let reference = v.optionalURL("ref")
      guard let date, let method else { return nil }
      return Service.Verification(date: date, method: method, reference: reference)
    }
    let sources = m.strings("sources")
    if let sources, sources.isEmpty { m.report("sources", "expected at least one source") }
    let examples = m.mapping("examples", "examples") { e -> Examples? in
      let hits = e.list("hit") { $0.example(e.decoder) }
      if let hits, hits.isEmpty { e.report("hit", "expected at least one example") }
      return Examples(
        hits: hits ?? [], misses: e.optionalList("miss") { $0.example(e.decoder) },
        tenants: e.optionalMapping("tenants", "examples of tenants") { tenants(in: $0) } ?? [])
    }
    guard let rules, let verified, let sources, let examples else { return nil }
    if rules.names.contains(where: { $0.tenant != nil }), examples.tenants.isEmpty {
      m.report(
        "examples", "expected key `tenants` beside a rule with `tenant`: {NAME: TENANT}", id: .key)
    }
    return Self(
      verified: verified, verifiedLocation: m.location(of: "verified"), sources: sources,
      names: rules.names, blocks: rules.blocks, paths: rules.paths, hits: examples.hits,
      misses: examples.misses, tenants: examples.tenants)
  }

  /// `{contoso.openai.azure.com: contoso}`
  private static func tenants(in m: MappingReader) -> [ProviderFile.TenantExample] {
    m.dataEntries().compactMap { entry in
      m.decoder.string(entry.value).map {
        ProviderFile.TenantExample(name: entry.key, tenant: $0, location: entry.value.location)
      }
    }
  }

  private struct Examples {
    let hits: [ProviderFile.Example]
    let misses: [ProviderFile.Example]
    let tenants: [ProviderFile.TenantExample]
  }
}

/// The three lists under `match`.
private struct RuleLists {
  let names: [ProviderFile.NameRule]
  let blocks: [ProviderFile.BlockRule]
  let paths: [ProviderFile.PathRule]

  static func decode(_ m: MappingReader) -> RuleLists? {
    let before = m.decoder.diagnostics.count
    let lists = RuleLists(
      names: m.optionalList("domains") { node in
        m.decoder.mapping(node, "a domain rule") { ProviderFile.NameRule.decode($0) }
      },
      blocks: m.optionalList("ips") { node in
        m.decoder.mapping(node, "an address rule") { ProviderFile.BlockRule.decode($0) }
      },
      paths: m.optionalList("http") { node in
        m.decoder.mapping(node, "an HTTP rule") { ProviderFile.PathRule.decode($0) }
      })
    let isEmpty = lists.names.isEmpty && lists.blocks.isEmpty && lists.paths.isEmpty
    if isEmpty, m.decoder.diagnostics.count == before {
      m.decoder.report(m.location, "expected at least one rule under domains, ips or http")
    }
    return lists
  }
}

extension ProviderFile.NameRule {
  fileprivate static func decode(_ m: MappingReader) -> Self? {
    let exact = m.optionalString("exact")
    let suffix = m.optionalString("suffix")
    let regex = m.optionalString("regex")
    let evidence = m.choice("evidence", as: EvidenceClass.self)
    let isShared = m.optionalBool("shared") ?? false
    let needs = m.optionalMapping("needs", "a second signal") { secondSignal($0) }
    let tenant = m.optionalNode("tenant")
    let examples = m.optionalList("examples") { $0.example(m.decoder) }
    _ = m.optionalStrings("sources")  // Where they differ from the service's.
    if needs != nil, !isShared {
      m.report("needs", "expected `shared: true` beside needs")
    }
    if regex == nil, !examples.isEmpty {
      m.report("examples", "expected examples of a rule only beside regex")
    }
    guard let form = form(m, exact, suffix, regex, examples), let evidence else { return nil }
    // Of a rule whose second signal is wrong nobody need hear that it has none.
    guard needs != nil || !m.keys.contains("needs") else { return nil }
    if let needs, form.matches(needs.name) {
      m.report(
        "needs",
        "expected another name than those that the rule matches, found \(YAMLNode.quoted(needs.name))"
      )
    }
    return Self(
      form: form, evidence: evidence, isShared: isShared, needs: needs,
      tenant: tenant.flatMap { self.tenant($0, form, m.decoder) }, location: m.location)
  }

  /// `label`, `first-label`, or a mapping: `at` and `without`, or `named`; and `is`.
  private static func tenant(
    _ node: YAMLNode, _ form: Form, _ decoder: StrictDecoder
  ) -> TenantLabel? {
    guard case .mapping = node.content else {
      return decoder.choice(node, as: TenantLabel.Place.self).flatMap {
        label($0, ending: "", form, node.location, decoder).map {
          TenantLabel(source: $0, kind: .account)
        }
      }
    }
    return decoder.mapping(node, "a tenant") { m -> TenantLabel? in
      let place = m.optionalChoice("at", as: TenantLabel.Place.self)
      let ending = m.optionalString("without")
      let named = m.optionalString("named")
      let kind = m.optionalChoice("is", as: TenantLabel.Kind.self) ?? .account
      guard m.keys.contains("at") != m.keys.contains("named"), named == nil || ending == nil else {
        decoder.report(node.location, "expected either `at`, perhaps with `without`, or `named`")
        return nil
      }
      for (key, text) in [("without", ending), ("named", named)] {
        guard let text, !TenantLabel.isTenant(text) else { continue }
        m.report(
          key,
          "expected part of a host name's label, a-z, 0-9 and `-`, found \(YAMLNode.quoted(text))")
        return nil
      }
      if let named { return TenantLabel(source: .named(named), kind: kind) }
      return place.flatMap {
        label($0, ending: ending ?? "", form, node.location, decoder).map {
          TenantLabel(source: $0, kind: kind)
        }
      }
    }
  }

  private static func label(
    _ place: TenantLabel.Place, ending: String, _ form: Form, _ location: YAMLLocation,
    _ decoder: StrictDecoder
  ) -> TenantLabel.Source? {
    switch form {
    case .exact:
      decoder.report(
        location, "expected a label only beside suffix or regex; beside exact `{named: …}`")
      return nil
    case .suffix(let name):
      return .label(place, ending: ending, baseLength: name.utf8.count)
    case .pattern(let pattern, _, _):
      return .label(place, ending: ending, baseLength: pattern.literalSuffix.utf8.count)
    }
  }

  private static func form(
    _ m: MappingReader, _ exact: String?, _ suffix: String?, _ regex: String?,
    _ examples: [ProviderFile.Example]
  ) -> Form? {
    guard [exact, suffix, regex].count(where: { $0 != nil }) == 1 else {
      m.decoder.report(m.location, "expected one of exact, suffix or regex")
      return nil
    }
    if let exact { return m.hostName("exact", exact).map(Form.exact) }
    if let suffix { return m.hostName("suffix", suffix).map(Form.suffix) }
    guard let regex else { return nil }
    if examples.isEmpty {
      m.decoder.report(
        m.location, "expected key `examples` with a name that the regex matches", id: .key)
    }
    do {
      return .pattern(try NamePattern(regex), text: regex, examples: examples)
    } catch {
      var place = m.location(of: "regex")
      place.column += 1 + error.offset  // Behind the quote that YAML asks for around a regex.
      m.decoder.report(
        place, "\(error.message), in the regex \(YAMLNode.quoted(regex))", id: .regex)
      return nil
    }
  }

  private static func secondSignal(_ m: MappingReader) -> RuleOrigin.SecondSignal? {
    let name = m.string("name").flatMap { m.hostName("name", $0) }
    guard let text = m.string("within") else { return nil }
    guard text.hasSuffix("s"), let seconds = Int(text.dropLast()), (1...3600).contains(seconds)
    else {
      m.report("within", "expected seconds from 1s to 3600s, found \(YAMLNode.quoted(text))")
      return nil
    }
    return name.map { RuleOrigin.SecondSignal(name: $0, withinSeconds: seconds) }
  }
}

extension ProviderFile.BlockRule {
  fileprivate static func decode(_ m: MappingReader) -> Self? {
    let text = m.string("cidr")
    let direction = m.choice("direction", as: ProviderFile.Direction.self)
    let isExclusive = m.optionalBool("exclusive") ?? false
    let evidence = m.optionalChoice("evidence", as: EvidenceClass.self) ?? .usage
    if m.string("source") != nil { m.optionalURL("source") }
    guard let text, let direction else { return nil }
    guard let prefix = IPPrefix(text) else {
      m.report("cidr", "expected a block such as 192.0.2.0/24, found \(YAMLNode.quoted(text))")
      return nil
    }
    // Wider blocks hold half the internet; nobody's ingress is that large.
    let length = prefix.base.isIPv4 ? prefix.bitCount - 96 : prefix.bitCount
    if length < (prefix.base.isIPv4 ? 8 : 24) {
      m.report("cidr", "expected a longer prefix, found \(YAMLNode.quoted(text))")
      return nil
    }
    return Self(
      prefix: prefix, evidence: evidence, isMatchable: direction == .ingress && isExclusive,
      location: m.location)
  }
}

extension ProviderFile.PathRule {
  fileprivate static func decode(_ m: MappingReader) -> Self? {
    let path = m.string("path_prefix")
    let port = m.optionalInt("port", in: 1...65535)
    let evidence = m.optionalChoice("evidence", as: EvidenceClass.self) ?? .usage
    guard let path else { return nil }
    guard path.hasPrefix("/"), path.utf8.count >= 2,
      path.utf8.allSatisfy({ (33...126).contains($0) })
    else {
      m.report("path_prefix", "expected a path such as /api/tags, found \(YAMLNode.quoted(path))")
      return nil
    }
    return Self(
      path: path, port: port.map { UInt16($0) }, evidence: evidence, location: m.location)
  }
}

extension MappingReader {
  /// Checks a host name; reports and returns nil when it is none.
  func hostName(_ key: String, _ text: String) -> String? {
    if let objection = HostNameText.objection(to: text) {
      let id: DiagnosticID = HostNameText.isPublicSuffix(text) ? .publicSuffix : .value
      report(key, "\(objection), found \(YAMLNode.quoted(text))", id: id)
      return nil
    }
    return text
  }
}

extension YAMLNode {
  fileprivate func example(_ decoder: StrictDecoder) -> ProviderFile.Example? {
    decoder.string(self).map { ProviderFile.Example(text: $0, location: location) }
  }
}
