package import StrictYAML

/// Why files are no profile set: every mistake, in order of path and place.
package struct ProfileErrors: Error {
  package var diagnostics: [Diagnostic]
  /// `path:line:column: error: what was expected`, one each.
  package var lines: [String] { diagnostics.map(\.description) }
}

/// All profiles, checked against each other.
package struct ProfileSet: Sendable {
  private let profilesByID: [String: Profile]

  /// No profiles: every estimate is an abstention.
  package init() { profilesByID = [:] }

  /// Compiles files.
  ///
  /// - Parameter sources: profile files, already read; `path` is for messages.
  /// - Throws: ``ProfileErrors`` with every mistake of every file: wrong YAML, unknown or missing keys, values out of
  ///   range, two files with one id, a parent, sibling or unary profile that does not exist.
  package init(compiling sources: [(path: String, text: String)]) throws(ProfileErrors) {
    var diagnostics: [Diagnostic] = []
    var profiles: [String: Profile] = [:]
    var places: [String: (decoder: StrictDecoder, node: YAMLNode)] = [:]
    for source in sources.sorted(by: { $0.path < $1.path }) {
      do throws(Diagnostic) {
        let node = try YAMLNode.parse(source.text, path: source.path)
        let decoder = StrictDecoder(path: source.path)
        if let profile = Profile(reading: node, with: decoder) {
          if profiles[profile.id] != nil {
            decoder.report(node.location, "expected a new id, found \(profile.id) a second time")
          } else {
            profiles[profile.id] = profile
            places[profile.id] = (decoder, node)
            continue
          }
        }
        diagnostics += decoder.diagnostics
      } catch {
        diagnostics.append(error)
      }
    }
    for (id, place) in places {
      guard let profile = profiles[id] else { continue }
      let named = [profile.parent, profile.unary].compactMap(\.self) + profile.siblings
      for name in named where profiles[name] == nil {
        place.decoder.report(place.node.location, "expected a profile of the set, found \(name)")
      }
      diagnostics += place.decoder.diagnostics
    }
    guard diagnostics.isEmpty else { throw ProfileErrors(diagnostics: diagnostics.sorted()) }
    profilesByID = profiles
  }

  /// In order of id.
  package var profiles: [Profile] { profilesByID.values.sorted { $0.id < $1.id } }

  package subscript(id: String) -> Profile? { profilesByID[id] }

  /// Whether a service may name this profile.
  package func contains(_ id: String) -> Bool { profilesByID[id] != nil }
}
