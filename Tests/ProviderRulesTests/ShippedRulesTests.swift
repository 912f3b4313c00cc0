import Foundation
import Testing
import WireFormat

@testable import ProviderRules

/// The files under `rules/` themselves.
@Suite("Shipped rules")
struct ShippedRulesTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func source(_ path: String) throws -> RuleSource {
    RuleSource(
      path: path,
      text: try String(contentsOf: root.appending(path: "rules/\(path)"), encoding: .utf8))
  }

  static func rules() throws -> RuleSet { try compiled.get() }

  private static let compiled = Result { try compile() }

  private static func compile() throws -> RuleSet {
    let folder = root.appending(path: "rules/providers")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try RuleSet(
      compiling: try files.filter { $0.hasSuffix(".yaml") }.map { try source("providers/\($0)") },
      traps: try source("traps.yaml"))
  }

  @Test func allFilesCompile() throws {
    let rules: RuleSet
    do {
      rules = try Self.rules()
      _ = try Policy(compiling: try Self.source("policy.yaml"), against: rules)
      _ = try PriceTable(compiling: try Self.source("prices.yaml"))
    } catch {
      Issue.record("\(error)")
      return
    }
    #expect(rules.providerIDs.count >= 1_000)
  }

  @Test func pricesAreOfProvidersThatThereAre() throws {
    let known = Set(try Self.rules().providerIDs)
    let prices = try PriceTable(compiling: try Self.source("prices.yaml"))
    #expect(prices.providers.keys.filter { !known.contains($0) } == [])
  }

  @Test(
    "the names that people use most lead to their services",
    arguments: [
      ("api.openai.com", "openai-api", "openai-chat-stream", EvidenceClass.usage),
      ("chatgpt.com", "chatgpt-web", "chatgpt-web", .usage),
      ("cdn.oaistatic.com", "chatgpt-web", "chatgpt-web", .cdn),
      ("auth.openai.com", "openai-site", nil, .auth),
      ("api.anthropic.com", "anthropic-api", "anthropic-messages", .usage),
      ("claude.ai", "claude-web", "claude-web", .usage),
      ("docs.anthropic.com", "anthropic-site", nil, .website),
      ("generativelanguage.googleapis.com", "gemini-api", "gemini-stream", .usage),
      ("gemini.google.com", "gemini-web", "gemini-web", .usage),
      ("api.mistral.ai", "mistral-api", "mistral-chat-stream", .usage),
      ("api.deepseek.com", "deepseek-api", "deepseek-chat-stream", .usage),
      ("api.groq.com", "groq-api", "groq-chat-stream", .usage),
      ("api.githubcopilot.com", "github-copilot", "code-assistant", .usage),
      ("api2.cursor.sh", "cursor", "code-assistant", .usage),
      ("cdn-lfs.huggingface.co", "huggingface", nil, .modelDownload),
      ("registry.ollama.ai", "ollama-registry", nil, .modelDownload),
      ("contoso.openai.azure.com", "azure-openai-api", "azure-chat-stream", .usage),
      ("bedrock-runtime.eu-west-1.amazonaws.com", "aws-bedrock", "bedrock-event-stream", .usage),
    ] as [(String, String, String?, EvidenceClass)])
  func leadsTo(name: String, service: String, profile: String?, evidence: EvidenceClass) throws {
    let rules = try Self.rules()
    let match = try #require(rules.match(name: name))
    #expect(rules.services[match.service].id == service)
    #expect(rules.services[match.service].profile == profile)
    #expect(match.evidence == evidence)
  }

  @Test func aLocalOllamaIsKnownByItsPaths() throws {
    let rules = try Self.rules()
    let match = try #require(rules.matchHTTP(path: "/api/chat", port: 11434))
    #expect(rules.services[match.service].id == "ollama-local")
    #expect(match.evidence == .usage)
    #expect(rules.matchHTTP(path: "/", port: 11434) == nil)
  }

  @Test func anthropicsIngressMatchesAndItsEgressDoesNot() throws {
    let rules = try Self.rules()
    let ingress = try #require(IPAddress("160.79.104.10"))
    let match = try #require(rules.match(address: ingress))
    #expect(rules.services[match.service].id == "anthropic-by-address")
    #expect(rules.services[match.service].profile == nil)
    #expect(rules.match(address: try #require(IPAddress("160.79.110.10"))) == nil)
  }

  @Test(
    "the example policy says what the demo expects",
    arguments: [
      ("10.20.1.5", "openai", "openai-api", Verdict.approved),
      ("10.20.1.5", "openai", "chatgpt-web", .unapproved),
      ("10.20.1.5", "anthropic", "claude-web", .approved),
      ("10.20.1.5", "ollama", "ollama-local", .approved),
      ("10.20.1.5", "github-copilot", "github-copilot", .approved),
      ("10.20.2.5", "openai", "openai-api", .tolerated),
      ("10.20.3.5", "openai", "chatgpt-web", .tolerated),
      ("10.20.3.5", "anthropic", "claude-web", .unapproved),
      ("10.20.8.5", "huggingface", "huggingface", .tolerated),
      ("192.168.1.1", "deepseek", "deepseek-chat", .unapproved),
    ])
  func decides(address: String, provider: String, service: String, verdict: Verdict) throws {
    let policy = try Policy(compiling: try Self.source("policy.yaml"))
    let group = policy.group(of: try #require(IPAddress(address)))
    // 2026-11-21
    let day = Timestamp(seconds: 20_778 * 86_400)
    #expect(
      policy.verdict(group: group, provider: provider, service: service, tenant: nil, on: day)
        .verdict
        == verdict)
  }

  @Test func theGuestNetworkLeavesNoRecord() throws {
    let policy = try Policy(compiling: try Self.source("policy.yaml"))
    #expect(policy.isExcluded(try #require(IPAddress("10.20.9.7"))))
    #expect(!policy.isExcluded(try #require(IPAddress("10.20.1.7"))))
  }
}
