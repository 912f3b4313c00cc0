import Foundation
import ProviderRules
import StrictYAML
package import WireFormat

/// The work of `gnomon policy approve`: a line of verdict in the site's policy file, whose comments stay.
package enum PolicyApproveRun {
  package struct Options: Sendable {
    /// A provider's id, or a service's.
    package var subject: String
    package var group: String
    package var verdict: String
    package var owner: String
    package var reason: String
    package var expires: String?
    package var replaces = false
    package var isDryRun = false
    package var rules: String
    package var policy: String?

    package init(
      subject: String, group: String, verdict: String, owner: String, reason: String,
      rules: String
    ) {
      (self.subject, self.group, self.verdict) = (subject, group, verdict)
      (self.owner, self.reason, self.rules) = (owner, reason, rules)
    }
  }

  /// Edits the file, or says what it would hold.
  ///
  /// The new text is compiled before anything is written, and the file replaced as a whole.
  ///
  /// - Returns: what to print.
  /// - Throws: ``AgentError`` when a word is wrong, the rules or the policy have a mistake, or the file cannot be written.
  package static func run(
    _ options: Options, today: Timestamp = .now()
  ) throws(AgentError) -> String {
    let files = try RuleFiles(directory: options.rules, policyPath: options.policy)
    let (book, mistakes) = RuleBook.compile(files)
    guard let book, mistakes.isEmpty else {
      throw AgentError(mistakes)
    }
    let line = try line(options, book, today)
    let text: String
    do throws(PolicyEdit.Failure) {
      text = try PolicyEdit.adding(line, to: files.policy.text, replaces: options.replaces)
    } catch {
      switch error {
      case .exists(let number):
        throw AgentError(
          "\(files.policyPath):\(number): speaks of \(options.subject) for \(options.group) already; --replace puts the new line in its place",
          status: .usage)
      case .form:
        throw AgentError(
          "\(files.policyPath): expected `verdicts:` with one entry below the other, found another form: edit it by hand",
          status: .configuration)
      }
    }
    do {
      _ = try Policy(
        compiling: RuleSource(path: files.policyPath, text: text), against: book.rules)
    } catch {
      throw AgentError(error.diagnostics)
    }
    if options.isDryRun { return text }
    try Document.write(text, to: files.policyPath)
    let expiry = line.expires.map { " until \($0)" } ?? ""
    return
      "\(files.policyPath): \(options.subject) is \(line.verdict.rawValue) for \(options.group)\(expiry)\n"
  }

  private static func line(
    _ options: Options, _ book: RuleBook, _ today: Timestamp
  ) throws(AgentError) -> PolicyEdit.Line {
    let target: PolicyEdit.Line.Target
    if book.rules.providerIDs.contains(options.subject) {
      target = .provider(options.subject)
    } else if book.rules.service(id: options.subject) != nil {
      target = .service(options.subject)
    } else {
      throw CommandText.unknown(
        "a provider or a service", options.subject,
        among: book.rules.providerIDs + book.rules.services.map(\.id))
    }
    let groups = ["*"] + book.policy.groups.map(\.id)
    guard groups.contains(options.group) else {
      throw CommandText.unknown("a group of the policy", options.group, among: groups)
    }
    let verdicts: [Verdict] = [.approved, .tolerated, .unapproved]
    guard let verdict = verdicts.first(where: { $0.rawValue == options.verdict }) else {
      throw CommandText.unknown("a verdict", options.verdict, among: verdicts.map(\.rawValue))
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
      group: options.group, target: target, verdict: verdict, owner: options.owner,
      reason: options.reason, expires: expires)
  }
}
