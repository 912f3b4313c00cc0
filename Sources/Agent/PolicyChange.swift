import ProviderRules
import StrictYAML

/// What a change of the policy file is about, as said on the command line, and the change itself.
package enum PolicyChange {
  /// A line of verdict, by what it speaks of.
  package struct Subject: Sendable {
    /// A provider's id, or a service's.
    package var id: String
    /// A service of the provider.
    package var service: String?
    package var tenant: String?
    /// A group's id, or `*`.
    package var group: String

    package init(id: String, service: String? = nil, tenant: String? = nil, group: String) {
      (self.id, self.service, self.tenant, self.group) = (id, service, tenant, group)
    }

    /// `azure-openai-api, tenant contoso`
    var text: String { (service ?? id) + (tenant.map { ", tenant \($0)" } ?? "") }
  }

  /// The files, and what they say.
  struct Standing {
    let files: RuleFiles
    let book: RuleBook

    /// - Throws: ``AgentError`` with every mistake of the files.
    init(rules: String, policy: String?) throws(AgentError) {
      files = try RuleFiles(directory: rules, policyPath: policy)
      book = try RuleBook(files)
    }
  }

  /// The provider or service that is meant.
  ///
  /// - Throws: ``AgentError`` where there is none of that id, with the nearest one.
  static func target(
    _ subject: Subject, _ book: RuleBook
  ) throws(AgentError) -> PolicyEdit.Line.Target {
    let providers = book.rules.providerIDs
    let isProvider = providers.contains(subject.id)
    guard isProvider || book.rules.service(id: subject.id) != nil else {
      throw CommandText.unknown(
        "a provider or a service", subject.id,
        among: providers + book.rules.services.map(\.id))
    }
    guard let service = subject.service else {
      return isProvider ? .provider(subject.id) : .service(subject.id)
    }
    let own = book.rules.services.filter { $0.providerID == subject.id }.map(\.id)
    guard isProvider || service == subject.id else {
      throw AgentError(
        "expected a provider before --service \(service), found the service \(subject.id)",
        status: .usage)
    }
    guard !isProvider || own.contains(service) else {
      throw CommandText.unknown("--service: a service of \(subject.id)", service, among: own)
    }
    return .service(service)
  }

  /// - Throws: ``AgentError`` where the policy has no such group, with the nearest one.
  static func checkGroup(_ group: String, _ book: RuleBook) throws(AgentError) {
    let groups = ["*"] + book.policy.groups.map(\.id)
    guard groups.contains(group) else {
      throw CommandText.unknown("a group of the policy", group, among: groups)
    }
  }

  /// Writes the new text, or prints what it would change.
  ///
  /// - Throws: ``AgentError`` where the new text has a mistake that the old one had not, or cannot be written.
  static func finish(
    _ text: String, _ standing: Standing, isDryRun: Bool, done: String
  ) throws(AgentError) -> String {
    let path = standing.files.policyPath
    do {
      _ = try Policy(
        compiling: RuleSource(path: path, text: text), against: standing.book.rules)
    } catch {
      throw AgentError(error.description, status: .configuration)
    }
    if isDryRun {
      return UnifiedDiff.text(from: standing.files.policy.text, to: text, path: path)
    }
    try Document.write(text, to: path, inPlaceOf: standing.files.policy.text)
    return "\(path): \(done)\n"
  }

  static func error(
    _ failure: PolicyEdit.Failure, _ subject: Subject, _ path: String
  ) -> AgentError {
    switch failure {
    case .exists(let number):
      AgentError(
        "\(path):\(number): speaks of \(subject.text) for \(subject.group) already; --replace puts the new line in its place",
        status: .usage)
    case .missing:
      AgentError(
        "\(path): no line speaks of \(subject.text) for \(subject.group); gnomon policy list shows all",
        status: .usage)
    case .form:
      AgentError(
        "\(path): expected `verdicts:` with one entry below the other, found another form: edit it by hand",
        status: .configuration)
    }
  }
}
