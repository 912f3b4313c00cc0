package import StrictYAML

extension Policy {
  /// Days before a line's expiry on which it is told, where the file does not say.
  package static let defaultNoticeDays = 14

  /// A line of verdict as a person sees it in a list.
  package struct ListedLine: Sendable, Equatable {
    package let subject: PolicySubject
    package let verdict: Verdict
    package let owner: String
    package let reason: String
    /// The last day on which it holds.
    package let expires: CalendarDate?
    package let location: YAMLLocation
    /// Its group is excluded: no record will ever ask it.
    package let isExcluded: Bool

    /// How it stands on a day, counted since 1970-01-01.
    package func standing(on day: Int, noticeDays: Int) -> Standing {
      guard let last = expires?.daysSince1970 else { return .inForce }
      let left = last - day
      if left < 0 { return .lapsed(days: -left) }
      return left <= noticeDays ? .expires(days: left) : .inForce
    }

    /// `approved for finance, service openai-api`
    package var text: String { "\(verdict.rawValue) for \(subject.groupText), \(subject.useText)" }
  }

  /// Whether a line counts.
  package enum Standing: Sendable, Equatable {
    case inForce
    /// It counts, and will for so many days after this one.
    case expires(days: Int)
    /// It has counted for the last time so many days ago.
    case lapsed(days: Int)

    package var text: String {
      switch self {
      case .inForce: "in force"
      case .expires(0): "expires today"
      case .expires(let days): "expires in \(days) day\(days == 1 ? "" : "s")"
      case .lapsed(let days): "lapsed \(days) day\(days == 1 ? "" : "s") ago"
      }
    }
  }

  /// All lines of verdict in the order of the file.
  package var listedLines: [ListedLine] {
    lines.map { line in
      let group = line.target.group.map { groups[$0] }
      return ListedLine(
        subject: PolicySubject(
          group: group?.id,
          use: line.target.kind == .service
            ? .service(line.target.id) : .provider(line.target.id),
          tenant: line.target.tenant),
        verdict: line.verdict, owner: line.owner, reason: line.reason, expires: line.expires,
        location: line.location, isExcluded: group?.isExcluded ?? false)
    }
  }

  /// Warnings about lines that lapse within the notice days, or have lapsed; `path` names the file in them.
  package func expiryWarnings(on day: Int, path: String) -> [Diagnostic] {
    listedLines.compactMap { line in
      guard let expires = line.expires else { return nil }
      let (id, message): (DiagnosticID, String)
      switch line.standing(on: day, noticeDays: noticeDays) {
      case .inForce: return nil
      case .lapsed:
        (id, message) = (
          .expired, "expected a line that holds, found one that lapsed after \(expires)"
        )
      case .expires(let left):
        (id, message) = (
          .expiring,
          "this line lapses after \(expires), in \(left) day\(left == 1 ? "" : "s")"
        )
      }
      return Diagnostic(
        path: path, location: line.location, id: id, severity: .warning,
        message: "\(message): \(line.text)")
    }
  }

  /// Warnings about lines that never speak, as their group leaves no record.
  func exclusionWarnings(path: String) -> [Diagnostic] {
    listedLines.filter(\.isExcluded).map { line in
      Diagnostic(
        path: path, location: line.location, id: .excluded, severity: .warning,
        message: "this line never speaks: hosts of `\(line.subject.groupText)` are excluded")
    }
  }
}
