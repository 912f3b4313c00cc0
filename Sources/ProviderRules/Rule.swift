internal import StrictYAML

/// What a name, address or path matched.
package struct RuleMatch: Sendable, Equatable {
  // Narrow, because there may be a hundred thousand of them and each lookup that matches reads one.
  private let narrowService: Int32
  private let narrowRule: Int32
  package let evidence: EvidenceClass
  /// The host is shared with others: it counts only together with what ``RuleOrigin/needs`` names.
  package let isShared: Bool

  init(service: Int, evidence: EvidenceClass, rule: Int, isShared: Bool) {
    narrowService = Int32(clamping: service)
    narrowRule = Int32(clamping: rule)
    self.evidence = evidence
    self.isShared = isShared
  }

  /// What ``bits`` and ``marks`` told.
  init(bits: UInt64, marks: UInt8) {
    narrowService = Int32(truncatingIfNeeded: bits >> 32)
    narrowRule = Int32(truncatingIfNeeded: bits)
    evidence = Self.classes[min(Int(marks >> 1), Self.classes.count - 1)]
    isShared = marks & 1 != 0
  }

  /// Service and rule in one word.
  var bits: UInt64 {
    UInt64(UInt32(bitPattern: narrowService)) << 32 | UInt64(UInt32(bitPattern: narrowRule))
  }
  /// The rest in one octet.
  var marks: UInt8 {
    UInt8(clamping: Self.classes.firstIndex(of: evidence) ?? 0) << 1 | (isShared ? 1 : 0)
  }

  private static let classes = EvidenceClass.allCases

  /// Index into ``RuleSet/services``.
  package var service: Int { Int(narrowService) }
  /// Index into ``RuleSet/rules``.
  package var rule: Int { Int(narrowRule) }
}

/// Where a rule stands, so that a record can say which line accused somebody.
package struct RuleOrigin: Sendable {
  package let path: String
  package let form: Form
  /// What it speaks of: a name, a regex, a block of addresses, or a path and perhaps its port.
  package let subject: String
  /// The second signal that a shared host needs.
  package var needs: SecondSignal? { rare?.needs }
  /// Which label of a matching name is the tenant; nil where none is.
  package var tenant: TenantLabel? { rare?.tenant }
  private let rare: Rare?
  /// Who vouches for it, where the site has added it to a service that others describe; nil: the service's own do.
  package var addedBy: Voucher?

  /// When and how somebody looked at a rule, and which lists or documents name it.
  /// A class: rules of one addition share it, and the others pay one word.
  package final class Voucher: Sendable {
    package let verified: Service.Verification
    package let sources: [String]

    init(_ verified: Service.Verification, _ sources: [String]) {
      (self.verified, self.sources) = (verified, sources)
    }
  }

  /// What few rules have: the others pay one word.
  private final class Rare: Sendable {
    let needs: SecondSignal?
    let tenant: TenantLabel?

    init?(_ needs: SecondSignal?, _ tenant: TenantLabel?) {
      if needs == nil, tenant == nil { return nil }
      (self.needs, self.tenant) = (needs, tenant)
    }
  }

  /// Both from 1; narrow, because there may be a hundred thousand of them.
  private let narrowLine: Int32
  private let narrowColumn: Int32

  init(
    path: String, form: Form, subject: String, needs: SecondSignal?, tenant: TenantLabel? = nil,
    location: YAMLLocation
  ) {
    (self.path, self.form, self.subject) = (path, form, subject)
    rare = Rare(needs, tenant)
    narrowLine = Int32(clamping: location.line)
    narrowColumn = Int32(clamping: location.column)
  }

  package var line: Int { Int(narrowLine) }
  var location: YAMLLocation { YAMLLocation(line: line, column: Int(narrowColumn)) }

  /// The rule in a few words: `suffix api.openai.com`.
  package var text: String { "\(form.rawValue) \(subject)" }

  /// What a rule is matched against, and how. The words are those of ``text``.
  package enum Form: String, Sendable, CaseIterable {
    case exact, suffix, regex, address, path

    /// Whether it speaks of host names.
    package var isName: Bool { self == .exact || self == .suffix || self == .regex }
  }

  /// Another name that the same host must have asked for, or connected to, at most so long before.
  package struct SecondSignal: Sendable {
    package let name: String
    package let withinSeconds: Int
  }
}

/// Where a trap stands: a name that must not fire, whatever shorter rules say.
package struct TrapOrigin: Sendable {
  package let name: String
  /// `shared-root`, `look-alike`, …
  package let kind: String
  package let reason: String
  package let path: String
  /// From 1.
  package let line: Int
}

extension TrapOrigin: CustomStringConvertible {
  /// `traps.yaml:9`.
  package var description: String { "\(path):\(line)" }
}

extension RuleOrigin: CustomStringConvertible {
  /// `providers/openai.yaml:14`.
  package var description: String { "\(path):\(line)" }
}
