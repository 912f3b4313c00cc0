import StrictYAML

extension ProviderFile {
  /// Rules that the site adds to a service which another file describes: `adds_to: openai-api` in a file of its own.
  struct Addition {
    let serviceID: String
    let location: YAMLLocation
    let body: Body
  }

  /// What may stand under `services`.
  enum Entry {
    case whole(ServiceEntry)
    case adding(Addition)

    var service: ServiceEntry? { if case .whole(let entry) = self { entry } else { nil } }
    var addition: Addition? { if case .adding(let addition) = self { addition } else { nil } }

    static func decode(
      _ node: YAMLNode, _ decoder: StrictDecoder, providerID: String, providerName: String,
      isRetired: Bool, isLocal: Bool
    ) -> Entry? {
      decoder.mapping(node, "a service") { m in
        if m.keys.contains("adds_to") {
          return isLocal ? Addition.decode(m).map(Entry.adding) : refuse("adds_to", m)
        }
        return ServiceEntry.decode(
          m, providerID: providerID, providerName: providerName, isRetired: isRetired
        ).map(Entry.whole)
      }
    }
  }

  /// Reads a file that adds to a provider: `schema`, `extends`, `services`.
  static func decodeExtension(_ m: MappingReader) -> ProviderFile? {
    let id = m.identifier("extends")
    let services = m.list("services") { node in
      Entry.decode(
        node, m.decoder, providerID: id ?? "", providerName: "", isRetired: false, isLocal: true)
    }
    if let services, services.isEmpty, m.decoder.diagnostics.isEmpty {
      m.report("services", "expected at least one service")
    }
    guard let id, let services else { return nil }
    return ProviderFile(
      id: id, name: "", isRetired: false, idLocation: m.location(of: "extends"),
      services: services.compactMap(\.service), additions: services.compactMap(\.addition),
      isExtension: true)
  }

  /// Reports a key that only the site's own files may have; the others are then not worth a message.
  static func refuse<Value>(_ key: String, _ m: MappingReader) -> Value? {
    _ = m.dataEntries()
    m.decoder.report(
      m.keyLocation(of: key),
      "expected `\(key)` in a file of local/ only: elsewhere the rules stand with their service",
      id: .key)
    return nil
  }

  /// Finds the provider that each file extends and the service that each addition adds to.
  ///
  /// - Returns: the files with an entry for each addition; what adds to nobody known is left out.
  static func resolve(
    _ files: [(source: RuleSource, file: ProviderFile)]
  ) -> [(source: RuleSource, file: ProviderFile)] {
    var files = files
    guard files.contains(where: { $0.file.isExtension || !$0.file.additions.isEmpty }) else {
      return files
    }
    var mistakes: [Diagnostic] = []
    let providers = Known(
      files.filter { !$0.file.isExtension }.flatMap { $0.file.services.map(\.service) })
    for index in files.indices where files[index].file.isExtension {
      let (source, file) = files[index]
      files[index].file.services = providers.services(of: file, source, &mistakes)
    }
    let known = Known(files.flatMap { $0.file.services.map(\.service) })
    for index in files.indices {
      let (source, file) = files[index]
      files[index].file.services += known.additions(of: file, source, &mistakes)
    }
    return files
  }

  /// Services by their ids and by their providers', for those who add to them.
  struct Known {
    /// One service of each provider.
    private let providers: [String: Service]
    private let services: [String: Service]

    init(_ services: [Service]) {
      providers = Dictionary(
        services.map { ($0.providerID, $0) }, uniquingKeysWith: { first, _ in first })
      self.services = Dictionary(
        services.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The whole services of a file that extends a provider, with that provider's name.
    func services(
      of file: ProviderFile, _ source: RuleSource, _ mistakes: inout [Diagnostic]
    ) -> [ServiceEntry] {
      guard let provider = providers[file.id], !provider.isRetired else {
        mistakes.append(
          unknown(
            "provider", file.id, isRetired: providers[file.id] != nil, source, file.idLocation,
            among: providers.values.filter { !$0.isRetired }.map(\.providerID)))
        return []
      }
      return file.services.map { entry in
        var named = entry
        named.service.providerName = provider.providerName
        return named
      }
    }

    /// An entry for each addition, with its own voucher.
    func additions(
      of file: ProviderFile, _ source: RuleSource, _ mistakes: inout [Diagnostic]
    ) -> [ServiceEntry] {
      // That there is no such provider has been told.
      guard let provider = providers[file.id], !provider.isRetired || !file.isExtension else {
        return []
      }
      return file.additions.compactMap { addition in
        let id = addition.serviceID
        guard var service = services[id], service.providerID == file.id, !service.isRetired else {
          mistakes.append(
            unknown(
              "service of `\(file.id)`", id,
              isRetired: services[id].map { $0.providerID == file.id } ?? false, source,
              addition.location,
              among: services.values.filter { $0.providerID == file.id }.map(\.id)))
          return nil
        }
        (service.verified, service.sources) = (addition.body.verified, addition.body.sources)
        return ServiceEntry(service: service, location: addition.location, body: addition.body)
      }
    }

    private func unknown(
      _ what: String, _ id: String, isRetired: Bool, _ source: RuleSource,
      _ location: YAMLLocation, among known: [String]
    ) -> Diagnostic {
      var message = "expected a \(what) that there is, found `\(id)`"
      if isRetired {
        message = "expected a \(what) in use, found `\(id)`, which is retired"
      } else if let near = NearMiss.suggestion(for: id, among: known.sorted()) {
        message += "; did you mean `\(near)`?"
      }
      return Diagnostic(path: source.path, location: location, id: .reference, message: message)
    }
  }
}

extension ProviderFile.Addition {
  static func decode(_ m: MappingReader) -> Self? {
    let service = m.identifier("adds_to")
    let body = ProviderFile.Body.decode(m)
    guard let service, let body else { return nil }
    return Self(serviceID: service, location: m.location(of: "adds_to"), body: body)
  }
}
