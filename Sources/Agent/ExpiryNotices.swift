import ProviderRules
import StrictYAML
import WireFormat

/// Tells of lines of the policy that soon lapse or have lapsed, by the time of what is looked at: at the beginning, and
/// each line again when a day comes on which it stands otherwise.
struct ExpiryNotices {
  /// Warnings told at once; more are counted.
  private static let maximumCount = 10

  private let file: PolicyFile
  private var day: Int?
  private var told: Set<Told> = []

  private struct Told: Hashable {
    var location: YAMLLocation
    var id: DiagnosticID
  }

  init(_ file: PolicyFile) { self.file = file }

  /// What is to be said now; nothing on a day before the latest.
  mutating func due(at time: Timestamp) -> [String] {
    let today = time.daysSince1970
    guard today > day ?? .min else { return [] }
    day = today
    let warnings = file.policy.expiryWarnings(on: today, path: file.path)
    return Self.lines(
      warnings.filter { told.insert(Told(location: $0.location, id: $0.id)).inserted })
  }

  /// All that is to be said on one day.
  static func lines(_ file: PolicyFile, on day: Int) -> [String] {
    lines(file.policy.expiryWarnings(on: day, path: file.path))
  }

  private static func lines(_ warnings: [Diagnostic]) -> [String] {
    let shown = warnings.prefix(maximumCount).map(\.description)
    let rest = warnings.count - shown.count
    return rest > 0 ? shown + ["\(rest) more; gnomon policy list shows all"] : shown
  }
}
