import ProviderRules

/// The work of `gnomon policy revoke`: a line of verdict out of the site's policy file, whose comments stay.
package enum PolicyRevokeRun {
  /// Edits the file, or says what would change in it.
  ///
  /// - Returns: what to print.
  /// - Throws: ``AgentError`` when no line speaks of the subject, a word is wrong, the rules or the policy have a mistake,
  ///   or the file cannot be written.
  package static func run(
    _ subject: PolicyChange.Subject, isDryRun: Bool, rules: String, policy: String?
  ) throws(AgentError) -> String {
    let standing = try PolicyChange.Standing(rules: rules, policy: policy)
    let target = try PolicyChange.target(subject, standing.book)
    try PolicyChange.checkGroup(subject.group, standing.book)
    let edited: (text: String, line: Int)
    do throws(PolicyEdit.Failure) {
      edited = try PolicyEdit.removing(
        subject.group, target, subject.tenant, from: standing.files.policy.text)
    } catch {
      throw PolicyChange.error(error, subject, standing.files.policyPath)
    }
    return try PolicyChange.finish(
      edited.text, standing, isDryRun: isDryRun,
      done:
        "the line about \(subject.text) for \(subject.group) is gone; it was line \(edited.line)")
  }
}
