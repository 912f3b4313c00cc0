import StrictYAML

extension PriceTable {
  /// Compiles a price file.
  ///
  /// - Throws: Everything that is wrong with the file.
  package init(compiling source: RuleSource) throws(RuleErrors) {
    let providers = try source.decode("a price file") { m -> [String: Provider]? in
      var providers: [String: Provider] = [:]
      _ = m.int("schema", in: 1...1)
      _ = m.list("providers") { node in
        m.decoder.mapping(node, "a provider's prices") { entry -> Bool? in
          guard let (id, provider) = Provider.decode(entry) else { return nil }
          if providers.updateValue(provider, forKey: id) != nil {
            entry.report("provider", "expected each provider once, found `\(id)` again")
          }
          return true
        }
      }
      return providers
    }
    self.init(version: RuleSource.version(of: [source]), providers: providers)
  }
}

extension PriceTable.Provider {
  fileprivate static func decode(_ m: MappingReader) -> (String, Self)? {
    let id = m.identifier("provider")
    let currency = m.string("currency")
    if let currency,
      currency.utf8.count != 3 || !currency.utf8.allSatisfy({ (65...90).contains($0) })
    {
      m.report("currency", "expected a currency code of three capitals (ISO 4217)")
    }
    var assumedNodes: [(family: String, location: YAMLLocation)] = []
    let assumed = m.list("assumed") { node in
      m.decoder.string(node).map { family in
        assumedNodes.append((family, node.location))
        return family
      }
    }
    if m.node("source") != nil { m.optionalURL("source") }
    var seen: Set<String> = []
    let prices = m.list("families") { node in
      m.decoder.mapping(node, "a price") { entry -> PriceTable.Price? in
        guard let price = PriceTable.Price.decode(entry) else { return nil }
        if !seen.insert("\(price.family) \(price.validFrom)").inserted {
          entry.report("id", "expected one price per family and day, found another")
        }
        return price
      }
    }
    guard let id, let currency, let assumed, let prices else { return nil }
    let families = Set(prices.map(\.family))
    for (family, location) in assumedNodes where !families.contains(family) {
      m.decoder.report(
        location, "expected the id of a family below, found \(YAMLNode.quoted(family))")
    }
    let sorted = prices.sorted { ($0.family, $0.firstDay) < ($1.family, $1.firstDay) }
    return (id, Self(currency: currency, assumedFamilies: assumed, prices: sorted))
  }
}

extension PriceTable.Price {
  fileprivate static func decode(_ m: MappingReader) -> Self? {
    let money = 0.0...100_000.0
    let family = m.string("id")
    let validFrom = m.date("valid_from")
    let validUntil = m.optionalDate("valid_until")
    let input = m.double("input", in: money)
    let cached = m.optionalDouble("cached", in: money)
    let output = m.double("output", in: money)
    guard let family, let validFrom, let input, let output else { return nil }
    if let validUntil, validUntil < validFrom {
      m.report("valid_until", "expected a day after valid_from")
    }
    if let cached, cached > input {
      m.report("cached", "expected a price not above that of other input")
    }
    return Self(
      family: family, firstDay: validFrom.daysSince1970, lastDay: validUntil?.daysSince1970,
      validFrom: validFrom.description, input: input, cached: cached, output: output)
  }
}
