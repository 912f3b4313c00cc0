import Foundation
import ProviderRules
import StrictYAML

/// The file in `rules/local/` that rules for a provider go to, and the service of it that they are for.
package struct LocalRuleFile {
  /// Whose rules they are, as the command line says it.
  package struct Owner: Sendable {
    package var provider: String
    package var service: String?
    /// What a provider or a service is called that there is not yet.
    package var name: String?
    package var category: String?

    package init(
      provider: String, service: String? = nil, name: String? = nil, category: String? = nil
    ) {
      (self.provider, self.service) = (provider, service)
      (self.name, self.category) = (name, category)
    }
  }

  let files: RuleFiles
  let book: RuleBook
  let owner: Owner
  let target: LocalRules.Target
  /// The file as it is; nil where there is none yet.
  let source: RuleSource?
  /// As evidence and messages name the file: `local/openai.yaml`.
  let path: String
  /// Where it stands.
  let fullPath: String

  /// - Parameters:
  ///   - tier: how sure a new service's rules are.
  ///   - destination: a file in `rules/local/`, or a new one elsewhere, to be moved there after a review; nil for the one
  ///     that is the provider's.
  /// - Throws: ``AgentError`` when the rules have a mistake, or the owner is nobody known and not described either.
  init(
    _ owner: Owner, tier: Service.Tier, into destination: String? = nil, rules: String,
    policy: String?
  ) throws(AgentError) {
    let files = try RuleFiles(directory: rules, policyPath: policy)
    let book = try RuleBook(files)
    (self.files, self.book, self.owner) = (files, book, owner)
    target = try Self.target(owner, tier, book)
    let own = files.local.filter { $0.providerID == owner.provider }
    var name = "local/\(owner.provider).yaml"
    if let destination {
      let url = URL(fileURLWithPath: destination)
      name = "local/\(url.lastPathComponent)"
      guard name.hasSuffix(".yaml") else {
        throw AgentError("\(destination): expected a name that ends in .yaml", status: .usage)
      }
      let folder = URL(fileURLWithPath: "\(files.directory)/local").resolvingSymlinksInPath()
      guard url.deletingLastPathComponent().resolvingSymlinksInPath().path == folder.path else {
        guard !FileManager.default.fileExists(atPath: destination) else {
          throw AgentError(
            "\(destination): is there already, and only a file in \(files.directory)/local is added to",
            status: .usage)
        }
        (source, path, fullPath) = (nil, name, destination)
        return
      }
    }
    let found = own.first { $0.path == name } ?? (destination == nil ? own.first : nil)
    source = found
    path = found?.path ?? name
    fullPath = "\(files.directory)/\(path)"
    if source == nil, let other = files.local.first(where: { $0.path == name }) {
      throw AgentError(
        "\(files.directory)/\(name): expected a file of \(owner.provider), found one of "
          + "\(other.providerID ?? "nobody"): rename it first", status: .configuration)
    }
  }

  /// Finds the service, or describes it.
  private static func target(
    _ owner: Owner, _ tier: Service.Tier, _ book: RuleBook
  ) throws(AgentError) -> LocalRules.Target {
    for (option, id) in [("--provider", owner.provider), ("--service", owner.service ?? "a")] {
      guard RuleName.isIdentifier(id) else {
        throw AgentError(
          "\(option): expected an id of a-z, 0-9 and -, found \(id.prefix(80))", status: .usage)
      }
    }
    if let name = owner.name { try CommandText.checkLine(name, of: "--name") }
    let category = try owner.category.map { text throws(AgentError) in
      try CommandText.choice(text, "--category", Service.Category.self)
    }
    let services = book.rules.services.filter { $0.providerID == owner.provider }
    if let known = owner.service.flatMap({ book.rules.service(id: $0) }) {
      guard known.providerID == owner.provider else {
        throw AgentError(
          "--service: \(known.id) is a service of \(known.providerID), not of \(owner.provider)",
          status: .usage)
      }
      return try existing(known, owner)
    }
    if owner.service == nil, owner.name == nil, owner.category == nil, !services.isEmpty {
      let inUse = services.filter { !$0.isRetired }
      if inUse.count > 1 {
        throw AgentError(
          "\(owner.provider) has several services: give --service, one of \(list(inUse))",
          status: .usage)
      }
      return try existing(inUse.first ?? services[0], owner)
    }
    guard let name = owner.name, let category else {
      throw unknown(owner, services, book)
    }
    let id = owner.service ?? owner.provider
    if let taken = book.rules.service(id: id) {
      throw AgentError(
        "\(id) is a service of \(taken.providerID) already: give the new one an id by --service",
        status: .usage)
    }
    return .newService(id: id, name: name, category: category, tier: tier)
  }

  private static func existing(
    _ service: Service, _ owner: Owner
  ) throws(AgentError) -> LocalRules.Target {
    guard !service.isRetired else {
      throw AgentError("\(service.id) is retired: nothing can be added to it", status: .usage)
    }
    guard owner.name == nil, owner.category == nil else {
      throw AgentError(
        "--name and --category describe a new service, and \(service.id) is known", status: .usage)
    }
    return .service(id: service.id)
  }

  private static func unknown(
    _ owner: Owner, _ services: [Service], _ book: RuleBook
  ) -> AgentError {
    let describe = " A new one needs --name and --category."
    func continued(_ text: String) -> String { text.hasSuffix("?") ? text : text + "." }
    if services.isEmpty {
      var error = CommandText.unknown(
        "a provider that there is", owner.provider, among: book.rules.providerIDs,
        option: "--provider")
      error.description = continued(error.description) + describe
      return error
    }
    guard let service = owner.service else {
      return AgentError(
        "\(owner.provider) is known: a new service of it needs --service, --name and --category",
        status: .usage)
    }
    var error = CommandText.unknown(
      "a service of \(owner.provider)", service, among: services.map(\.id), option: "--service")
    error.description =
      continued(error.description) + " There are \(list(services))." + describe
    return error
  }

  private static func list(_ services: [Service]) -> String {
    let ids = services.map(\.id).sorted()
    return ids.prefix(12).joined(separator: ", ")
      + (ids.count > 12 ? " and \(ids.count - 12) more" : "")
  }

  var isNewProvider: Bool { !book.rules.providerIDs.contains(owner.provider) }

  /// Names that resemble this one, must not match the service, and do not as things are.
  func misses(of name: String, isExact: Bool) -> [String] {
    [isExact ? "a." + name : "not" + name, name + ".evil.test"].filter { miss in
      guard let match = book.rules.match(example: miss) else { return true }
      return book.rules.services[match.service].id != target.serviceID
    }
  }

  /// What the file would hold, and what all rules would say then.
  ///
  /// - Throws: ``AgentError`` when the file has a form that cannot be added to, or the whole would have a mistake.
  func adding(_ rules: LocalRules) throws(AgentError) -> (text: String, book: RuleBook) {
    let text: String
    if let source {
      do throws(LocalRules.Failure) { text = try rules.text(addedTo: source.text) } catch {
        throw AgentError(
          "\(fullPath): expected `services:` with one entry below the other and line ends of one form, "
            + "found another form: edit it by hand", status: .configuration)
      }
    } else if isNewProvider {
      text = rules.text(describing: owner.provider, name: owner.name ?? owner.provider)
    } else {
      text = rules.text(extending: owner.provider)
    }
    var changed = files
    if let source { changed.local.removeAll { $0.path == source.path } }
    changed.local.append(RuleSource(path: path, text: text, isLocal: true))
    return (text, try RuleBook(changed))
  }

  /// Writes the file as a whole; one that is there keeps its owner and mode.
  func write(_ text: String) throws(AgentError) {
    let folder = "\(files.directory)/local"
    if fullPath.hasPrefix(folder), !FileManager.default.fileExists(atPath: folder) {
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: false)
      } catch {
        throw AgentError("\(folder): \(SystemMessage.of(error))", status: .ioError)
      }
    }
    try Document.write(text, to: fullPath, inPlaceOf: source?.text, mode: 0o644)
  }
}
