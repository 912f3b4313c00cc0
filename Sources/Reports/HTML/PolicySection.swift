internal import ProviderRules

/// What is used of the budgets, and which lines of the policy soon lapse or have lapsed.
enum PolicySection {
  /// Nothing where the policy has neither.
  static func html(_ policy: PolicyReport) -> HTML {
    guard !policy.budgets.isEmpty || !policy.expiring.isEmpty else { return .nothing }
    return """
      <section>
      <h2>Policy</h2>
      <p class="caption">\(policy.path), version \(policy.version), as it stands on \(PolicyReport.date(policy.day)).</p>
      \(budgets(policy))
      \(expiring(policy))
      </section>
      """
  }

  private static func budgets(_ policy: PolicyReport) -> HTML {
    guard !policy.budgets.isEmpty else { return .nothing }
    return """
      <h3>Budgets</h3>
      <p class="caption">A budget is of a group, never of a person. Within: the upper end of the interval is not over \
      it. Over: the lower end is. May be over: it lies between, or too many turns are unknown.</p>
      <ul class="plain">\(policy.budgets.html { "<li>\(policy.text($0))</li>" })</ul>
      """
  }

  private static func expiring(_ policy: PolicyReport) -> HTML {
    guard !policy.expiring.isEmpty else { return .nothing }
    return """
      <h3>Lines that lapse within \(policy.noticeDays) days, or have lapsed</h3>
      <ul class="plain">\(policy.expiring.html { line in
        "<li>\(policy.text(line)); \(line.owner): \(line.reason)</li>"
      })</ul>
      """
  }
}
