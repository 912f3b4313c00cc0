import StrictYAML
import WireFormat

/// A provider file as it was written: decoded, each value checked for itself, nothing compiled.
struct ProviderFile {
  let id: String
  let name: String
  let isRetired: Bool
  let idLocation: YAMLLocation
  var services: [ServiceEntry]
  /// Rules for services that stand elsewhere; ``resolve(_:)`` makes entries of them.
  var additions: [Addition]
  /// It `extends` a provider that another file describes.
  let isExtension: Bool

  struct ServiceEntry {
    var service: Service
    /// Where its id stands.
    let location: YAMLLocation
    let body: Body
  }

  /// What a whole service and an ``Addition`` have in common.
  struct Body {
    let verified: Service.Verification
    let verifiedLocation: YAMLLocation
    let sources: [String]
    let names: [NameRule]
    let blocks: [BlockRule]
    let paths: [PathRule]
    let hits: [Example]
    let misses: [Example]
    /// Names with the tenant that each tells.
    let tenants: [TenantExample]
  }

  struct NameRule {
    enum Form {
      case exact(String)
      case suffix(String)
      case pattern(NamePattern, text: String, examples: [Example])

      /// - Parameter name: in lower case.
      func matches(_ name: String) -> Bool {
        switch self {
        case .exact(let own): name == own
        case .suffix(let own): name == own || name.hasSuffix("." + own)
        case .pattern(let pattern, _, _): pattern.matches(name)
        }
      }
    }
    let form: Form
    let evidence: EvidenceClass
    let isShared: Bool
    let needs: RuleOrigin.SecondSignal?
    let tenant: TenantLabel?
    let location: YAMLLocation
  }

  struct BlockRule {
    let prefix: IPPrefix
    let evidence: EvidenceClass
    /// Only blocks that serve this provider alone, as destinations, are matched.
    let isMatchable: Bool
    let location: YAMLLocation
  }

  struct PathRule {
    let path: String
    let port: UInt16?
    let evidence: EvidenceClass
    let location: YAMLLocation
  }

  /// A name, an address, or `PORT/path` that must or must not match.
  struct Example {
    let text: String
    let location: YAMLLocation
  }

  struct TenantExample {
    let name: String
    let tenant: String
    let location: YAMLLocation
  }

  enum Status: String, CaseIterable { case active, deprecated, retired }
  enum Direction: String, CaseIterable { case ingress, egress, both }
}

extension ProviderFile {
  /// Decodes the root of a provider file; mistakes go to `decoder`, and nil comes back when too much is missing.
  ///
  /// - Parameter isLocal: the site's own file, which may add to what others describe (``Addition``).
  static func decode(
    _ root: YAMLNode, _ decoder: StrictDecoder, isLocal: Bool
  ) -> ProviderFile? {
    decoder.mapping(root, "a provider") { m -> ProviderFile? in
      _ = m.int("schema", in: 1...1)
      if m.keys.contains("extends") {
        return isLocal ? decodeExtension(m) : refuse("extends", m)
      }
      let id = m.identifier("id")
      let name = m.string("name")
      _ = m.mapping("vendor", "a vendor") { vendor -> Bool? in
        _ = vendor.string("name")
        if let country = vendor.optionalString("country"), !isCountryCode(country) {
          vendor.report("country", "expected a country code of two capitals (ISO 3166-1)")
        }
        vendor.optionalURL("site")
        return true
      }
      let status = m.choice("status", as: Status.self)
      let successor = m.optionalIdentifier("superseded_by")
      if successor != nil, status == .active {
        m.report("superseded_by", "expected `status: retired` or `deprecated` beside superseded_by")
      }
      let services = m.list("services") { node in
        Entry.decode(
          node, decoder, providerID: id ?? "", providerName: name ?? "",
          isRetired: status == .retired, isLocal: isLocal)
      }
      if let services, services.isEmpty, decoder.diagnostics.isEmpty {
        m.report("services", "expected at least one service")
      }
      guard let id, let name, let status, let services else { return nil }
      checkFileName(decoder.path, id, m)
      return ProviderFile(
        id: id, name: name, isRetired: status == .retired, idLocation: m.location(of: "id"),
        services: services.compactMap(\.service), additions: services.compactMap(\.addition),
        isExtension: false)
    }
  }

  /// The files that can be decoded; of the others, loading tells what is wrong.
  static func readable(in sources: [RuleSource]) -> [(source: RuleSource, file: ProviderFile)] {
    let files: [(source: RuleSource, file: ProviderFile)] = sources.compactMap { source in
      guard let root = try? YAMLNode.parse(source.text, path: source.path),
        let file = decode(root, StrictDecoder(path: source.path), isLocal: source.isLocal)
      else { return nil }
      return (source, file)
    }
    return resolve(files)
  }

  /// `providers/openai.yaml` holds the provider `openai`, so that a person finds it.
  private static func checkFileName(_ path: String, _ id: String, _ m: MappingReader) {
    let parts = path.split(separator: "/")
    guard parts.count >= 2, parts[parts.count - 2] == "providers", let file = parts.last,
      file != "\(id).yaml"
    else { return }
    m.report(
      "id", "expected the file to be named `\(id).yaml`, found \(YAMLNode.quoted(String(file)))")
  }

  private static func isCountryCode(_ text: String) -> Bool {
    text.utf8.count == 2 && text.utf8.allSatisfy { (65...90).contains($0) }
  }
}

extension MappingReader {
  /// An id: `[a-z0-9-]`, not beginning or ending in `-`.
  func identifier(_ key: String) -> String? { string(key).flatMap { checkedIdentifier($0, key) } }

  func optionalIdentifier(_ key: String) -> String? {
    optionalString(key).flatMap { checkedIdentifier($0, key) }
  }

  private func checkedIdentifier(_ text: String, _ key: String) -> String? {
    guard text.isIdentifier else {
      report(key, "expected an id of a-z, 0-9 and `-`, found \(YAMLNode.quoted(text))")
      return nil
    }
    return text
  }

  /// Checks that the value, where there is one, is an address on the web.
  @discardableResult
  func optionalURL(_ key: String) -> String? {
    guard let text = optionalString(key) else { return nil }
    if !text.hasPrefix("https://"), !text.hasPrefix("http://") {
      report(key, "expected an address that begins with https://, found \(YAMLNode.quoted(text))")
    }
    return text
  }
}

extension String {
  var isIdentifier: Bool {
    (1...64).contains(utf8.count) && utf8.first != UInt8(ascii: "-")
      && utf8.last != UInt8(ascii: "-")
      && utf8.allSatisfy { octet in
        (97...122).contains(octet) || (48...57).contains(octet) || octet == UInt8(ascii: "-")
      }
  }
}
