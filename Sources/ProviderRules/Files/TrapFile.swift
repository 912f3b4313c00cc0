import StrictYAML

/// Names that look like AI and are not, or are shared with everything else: `traps.yaml`.
struct TrapFile {
  struct Trap {
    let name: String
    let kind: Kind
    let reason: String
    let location: YAMLLocation
  }

  let traps: [Trap]

  enum Kind: String, CaseIterable {
    case sharedRoot = "shared-root"
    case telemetry
    case auth
    case hosting
    case lookAlike = "look-alike"
    case embeddedAI = "embedded-ai"
    case genericHost = "generic-host"
  }

  static func decode(_ root: YAMLNode, _ decoder: StrictDecoder) -> TrapFile? {
    decoder.mapping(root, "a trap file") { m -> TrapFile? in
      _ = m.int("schema", in: 1...1)
      let groups = m.list("traps") { node in
        decoder.mapping(node, "a group of traps") { group -> [Trap]? in
          let kind = group.choice("kind", as: Kind.self)
          let reason = group.string("reason")
          return group.list("names") { element in
            decoder.mapping(element, "a trap") { trap -> Trap? in
              let name = trap.string("suffix").flatMap { trap.hostName("suffix", $0) }
              _ = trap.optionalStrings("sources")
              guard let name, let kind, let reason else { return nil }
              return Trap(
                name: name, kind: kind, reason: reason, location: trap.location(of: "suffix"))
            }
          }
        }
      }
      return groups.map { TrapFile(traps: $0.flatMap(\.self)) }
    }
  }
}
