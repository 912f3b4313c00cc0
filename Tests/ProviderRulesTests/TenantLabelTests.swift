import Testing

@testable import ProviderRules

@Suite("tenants in names")
struct TenantLabelTests {
  /// A provider of one service with these rules and examples of tenants.
  private static func source(_ rule: String, tenants: String?) -> RuleSource {
    var source = RuleText.provider(
      "acme", match: "domains: [\(rule)]", hit: "a.b.api.acme.test", miss: "acme.test")
    if let tenants {
      source = RuleSource(
        path: source.path,
        text: source.text.replacing(
          "miss: [acme.test]}", with: "miss: [acme.test], tenants: {\(tenants)}}"))
    }
    return source
  }

  @Test(
    "a name tells the label that its rule says",
    arguments: [
      ("tenant: label", "ours.api.acme.test", "ours"),
      ("tenant: label", "OURS.Api.Acme.Test.", "ours"),
      ("tenant: label", "x.ours.api.acme.test", "ours"),
      ("tenant: first-label", "ours.eu-west-1.api.acme.test", "ours"),
      ("tenant: label", "api.acme.test", nil),
      ("tenant: first-label", "api.acme.test", nil),
      ("tenant: {at: label, without: -be}", "ours-be.api.acme.test", "ours"),
      ("tenant: {at: label, without: -be}", "-be.api.acme.test", nil),
      ("tenant: {at: label, without: -be}", "ours.api.acme.test", nil),
      ("tenant: {named: business, is: plan}", "x.api.acme.test", "business"),
      ("tenant: {named: business, is: plan}", "api.acme.test", "business"),
      // What no label is, is no tenant.
      ("tenant: label", "*.api.acme.test", nil),
      ("tenant: label", "o\u{7}urs.api.acme.test", nil),
      ("tenant: label", ".api.acme.test", nil),
      ("tenant: label", String(repeating: "a", count: 64) + ".api.acme.test", nil),
      (
        "tenant: label", String(repeating: "a", count: 63) + ".api.acme.test",
        String(repeating: "a", count: 63)
      ),
    ] as [(String, String, String?)])
  func tells(rule: String, name: String, tenant: String?) throws {
    let rule = "{suffix: api.acme.test, evidence: usage, \(rule)}"
    let source = Self.source(rule, tenants: "acme.test: (none)")
    // The example is of a name that matches nothing, and so does not hold; the rule itself is what counts here.
    let errors = #expect(throws: RuleErrors.self) { try RuleSet(compiling: [source]) }
    #expect(errors?.diagnostics.count == 1)
    let good = Self.source(
      rule,
      tenants:
        "q-be.api.acme.test: \(rule.contains("named") ? "business" : rule.contains("-be") ? "q" : "q-be")"
    )
    let rules = try RuleSet(compiling: [good])
    let match = rules.match(name: name)
    #expect(match.flatMap { rules.rules[$0.rule].tenant(in: name) } == tenant)
  }

  @Test("a pattern counts labels from its literal end")
  func tellsByPatterns() throws {
    let rule =
      "{regex: '^[a-z0-9-]+-platform\\.acme\\.test$', evidence: usage, tenant: {at: label, without: -platform, is: region}, examples: [eu-platform.acme.test]}, {suffix: api.acme.test, evidence: usage}"
    let rules = try RuleSet(compiling: [
      Self.source(rule, tenants: "eu-west-platform.acme.test: eu-west")
    ])
    let match = try #require(rules.match(name: "us-platform.acme.test"))
    #expect(rules.rules[match.rule].tenant(in: "us-platform.acme.test") == "us")
    #expect(rules.idsWithTenants.services == ["acme"] && rules.idsWithTenants.providers == ["acme"])
  }

  @Test(
    "mistakes are named with their place",
    arguments: [
      (
        "{suffix: api.acme.test, evidence: usage, tenant: lable}", "a.api.acme.test: a",
        "expected one of label, first-label (did you mean `label`?)"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: '*'}", "a.api.acme.test: a",
        "expected one of label, first-label"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: {at: label, named: b}}",
        "a.api.acme.test: a", "expected either `at`"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: {is: plan}}", "a.api.acme.test: a",
        "expected either `at`"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: {at: label, without: '*'}}",
        "a.api.acme.test: a", "expected part of a host name's label"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: {named: 'A B'}}", "a.api.acme.test: a",
        "expected part of a host name's label"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: {at: label, is: person}}",
        "a.api.acme.test: a", "expected one of account, project, region, plan"
      ),
      (
        "{suffix: api.acme.test, evidence: usage}, {exact: x.test, evidence: usage, tenant: label}",
        "a.api.acme.test: a", "expected a label only beside suffix or regex"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: label}", nil,
        "expected key `tenants` beside a rule with `tenant`"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: label}", "a.api.acme.test: b",
        "expected `a.api.acme.test` to tell the tenant `b` of `acme`, found `a`"
      ),
      (
        "{suffix: api.acme.test, evidence: usage, tenant: label}", "api.acme.test: b",
        "expected `api.acme.test` to tell the tenant `b` of `acme`, found `(none)`"
      ),
    ] as [(String, String?, String)])
  func refuses(rule: String, tenants: String?, start: String) {
    let messages = RuleText.messages([Self.source(rule, tenants: tenants)])
    #expect(messages.contains { $0.drop { $0 != " " }.dropFirst().hasPrefix(start) }, "\(messages)")
  }

  @Test("the shipped rules tell the tenants of the well-known providers")
  func shippedRulesTellTenants() throws {
    let rules = try ShippedRulesTests.rules()
    let known = rules.idsWithTenants.services
    for id in [
      "azure-openai-api", "azure-ai-foundry", "aws-bedrock", "amazon-q-developer", "vertex-ai",
      "ibm-watsonx", "oracle-genai", "sap-ai-core", "github-copilot", "glean", "baseten",
    ] { #expect(known.contains(id), "\(id)") }
    func tenant(_ name: String) -> String? {
      rules.match(name: name).flatMap { rules.rules[$0.rule].tenant(in: name) }
    }
    #expect(tenant("Corp-OpenAI.openai.azure.com") == "corp-openai")
    #expect(tenant("contoso.services.ai.azure.com") == "contoso")
    #expect(tenant("contoso-aoai.cognitiveservices.azure.com") == "contoso-aoai")
    #expect(rules.match(name: "speech1.cognitiveservices.azure.com") == nil)
    #expect(tenant("api.business.githubcopilot.com") == "business")
    #expect(tenant("api.githubcopilot.com") == nil)
  }
}
