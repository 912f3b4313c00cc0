/// What the site's policy says about a host group's use of a service.
package enum Verdict: String, Sendable, CaseIterable, Comparable {
  case approved, tolerated, unapproved
  /// No policy line speaks of it.
  case unknown

  /// From the most to the least worrying.
  package static func < (a: Verdict, b: Verdict) -> Bool { a.severity > b.severity }

  private var severity: Int {
    switch self {
    case .unapproved: 3
    case .unknown: 2
    case .tolerated: 1
    case .approved: 0
    }
  }
}
