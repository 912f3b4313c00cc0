import Foundation
import ProviderRules
import TrafficModel

extension RuleMatch {
  /// Whether a match opens an account by itself. Names that a site's visitor touches without using AI do not, nor does a
  /// host that is shared with others. Content and downloads do, but make a record only beside use (design of the rules).
  var countsWithUse: Bool { !isShared && countsBesideAnother }

  /// Whether it does where a shared host's second name was seen.
  var countsBesideAnother: Bool {
    switch evidence {
    case .usage, .content, .mcp, .modelDownload: true
    case .auth, .cdn, .telemetry, .website: false
    }
  }
}

extension RuleOrigin {
  /// What it is matched against: a name, a pattern, a block of addresses, a path without its port.
  var matched: String {
    guard form == .path, let port = subject.range(of: " at port ", options: .backwards) else {
      return subject
    }
    return String(subject[..<port.lowerBound])
  }

  /// The name of a rule for one name, or for it and all below it; nil for other rules.
  var name: (text: String, coversBelow: Bool)? {
    switch form {
    case .suffix: (subject, true)
    case .exact: (subject, false)
    case .regex, .address, .path: nil
    }
  }
}

extension RuleBook {
  /// What has become ours since another book was in force, as far as flows that are open can be told by it.
  struct NewNames: Sendable {
    var names: [RuleChange.NewName] = []
    /// Names one label below one of them that are not ours.
    var exceptions: [String] = []
  }

  /// The names of rules that count with use and did not by `old`; the site's own first. Patterns name nothing that could
  /// be looked for.
  func newNames(since old: RuleBook) -> NewNames {
    func isNew(_ name: String) -> Bool {
      rules.match(name: name)?.countsWithUse == true
        && old.rules.match(name: name)?.countsWithUse != true
    }
    var found: [RuleChange.NewName: Bool] = [:]
    for rule in rules.rules {
      guard let (text, coversBelow) = rule.name else { continue }
      // No host has that label, so that what it matches is said of all that lies below.
      if isNew(text) || coversBelow && isNew(Self.anyLabel + text) {
        found[.init(text, coversBelow: coversBelow), default: false] =
          rule.path.hasPrefix("local/")
      }
    }
    var new = NewNames()
    new.names = found.sorted {
      ($0.value ? 0 : 1, $0.key.text) < ($1.value ? 0 : 1, $1.key.text)
    }.map(\.key)
    let covering = Set(new.names.lazy.filter(\.coversBelow).map(\.text))
    let named = rules.rules.compactMap { $0.name?.text } + rules.traps.map(\.name)
    new.exceptions = Set(named).filter { name in
      guard let dot = name.firstIndex(of: ".") else { return false }
      return covering.contains(String(name[name.index(after: dot)...]))
        && rules.match(name: name)?.countsWithUse != true
    }.sorted()
    return new
  }

  private static let anyLabel = "gnomon--any--label."
}
