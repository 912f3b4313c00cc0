import Foundation
import ProviderRules
import StrictYAML
package import WireFormat

/// The work of `gnomon policy approve`: a line of verdict in the site's policy file, whose comments stay.
package enum PolicyApproveRun {
  package struct Options: Sendable {
    package var subject: PolicyChange.Subject
    package var verdict: String
    package var owner: String
    package var reason: String
    package var expires: String?
    package var replaces = false
    package var isDryRun = false
    package var rules: String
    package var policy: String?

    package init(
      subject: PolicyChange.Subject, verdict: String, owner: String, reason: String, rules: String
    ) {
      (self.subject, self.verdict) = (subject, verdict)
      (self.owner, self.reason, self.rules) = (owner, reason, rules)
    }
  }

  /// Edits the file, or says what would change in it.
  ///
  /// The new text is compiled before anything is written, and the file replaced as a whole.
  ///
  /// - Returns: what to print.
  /// - Throws: ``AgentError`` when a word is wrong, the group is excluded, the rules or the policy have a mistake, or the
  ///   file cannot be written.
  package static func run(
    _ options: Options, today: Timestamp = .now()
  ) throws(AgentError) -> String {
    let standing = try PolicyChange.Standing(rules: options.rules, policy: options.policy)
    let line = try line(options, standing, today)
    let text: String
    do throws(PolicyEdit.Failure) {
      text = try PolicyEdit.adding(
        line, to: standing.files.policy.text, replaces: options.replaces)
    } catch {
      throw PolicyChange.error(error, options.subject, standing.files.policyPath)
    }
    let expiry = line.expires.map { " until \($0)" } ?? ""
    let excluded = standing.book.policy.groups.filter(\.isExcluded).map(\.id)
    let besides =
      options.subject.group == "*" && !excluded.isEmpty
      ? ", but \(excluded.joined(separator: ", ")), excluded from all records" : ""
    return try PolicyChange.finish(
      text, standing, isDryRun: options.isDryRun,
      done:
        "\(options.subject.text) is \(line.verdict.rawValue) for \(options.subject.group)\(besides)\(expiry)"
    )
  }

  private static func line(
    _ options: Options, _ standing: PolicyChange.Standing, _ today: Timestamp
  ) throws(AgentError) -> PolicyEdit.Line {
    let (subject, book) = (options.subject, standing.book)
    let target = try PolicyChange.target(subject, book)
    try checkTenant(subject.tenant, of: target, book)
    try PolicyChange.checkGroup(subject.group, book)
    if book.policy.groups.contains(where: { $0.id == subject.group && $0.isExcluded }) {
      throw AgentError(
        "\(standing.files.policyPath): \(subject.group) is excluded: its hosts leave no record, and a line for it would never speak",
        status: .usage)
    }
    let verdicts: [Verdict] = [.approved, .tolerated, .unapproved]
    guard let verdict = verdicts.first(where: { $0.rawValue == options.verdict }) else {
      let words = verdicts.map(\.rawValue)
      throw CommandText.unknown(
        "one of \(words.joined(separator: ", "))", options.verdict, among: words,
        option: "--verdict")
    }
    try CommandText.checkLine(options.owner, of: "--owner")
    try CommandText.checkLine(options.reason, of: "--reason")
    var expires: CalendarDate?
    if let text = options.expires {
      guard let date = CalendarDate(text) else {
        throw AgentError(
          "--expires: expected a date as YYYY-MM-DD, found \(text)", status: .usage)
      }
      guard date.daysSince1970 >= today.daysSince1970 else {
        throw AgentError("--expires: \(text) has passed", status: .usage)
      }
      expires = date
    }
    return PolicyEdit.Line(
      group: subject.group, target: target, tenant: subject.tenant, verdict: verdict,
      owner: options.owner, reason: options.reason, expires: expires)
  }

  /// A tenant must be one that names of the target can tell.
  private static func checkTenant(
    _ tenant: String?, of target: PolicyEdit.Line.Target, _ book: RuleBook
  ) throws(AgentError) {
    guard let tenant else { return }
    guard TenantLabel.isTenant(tenant) else {
      throw AgentError(
        "--tenant: expected one label of a host name in lower case (a-z, 0-9, -), no pattern, found \(tenant)",
        status: .usage)
    }
    let ids = book.rules.idsWithTenants
    let (id, known) =
      switch target {
      case .provider(let id): (id, ids.providers)
      case .service(let id): (id, ids.services)
      }
    guard !known.contains(id) else { return }
    throw AgentError(
      "--tenant: names of \(id) tell no tenant; those of \(known.sorted().joined(separator: ", ")) do",
      status: .usage)
  }
}
