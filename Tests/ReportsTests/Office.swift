import ProviderRules
import RecordStore
import Reports
import TokenEstimation
import WireFormat

/// A made-up day in an office, as the store would hand it over: three groups, seven hosts, eight services, a lunch
/// break, and one host name that somebody chose to be nasty.
enum Office {
  /// 2026-11-02 08:00:00 UTC, a Monday.
  static let eight = Timestamp(seconds: 1_793_606_400)
  static let evening = time(minute: 610)
  static let windowCount = 108

  static let records: [UsageRecord] = engineering + marketing + ungrouped
  static var report: Report {
    Report(
      records: records, summaries: summaries, filter: RecordFilter(), generatedAt: evening)
  }

  static func time(minute: Int) -> Timestamp {
    eight.advanced(byNanoseconds: Int64(minute) * 60_000_000_000)
  }

  static let summaries: [CaptureSummary] = (0..<windowCount).map { index in
    var summary = CaptureSummary(
      windowStart: time(minute: 5 * index), windowEnd: time(minute: 5 * index + 5), sensor: "gw-1")
    summary.packets = 41_000 + index * 13
    summary.bytes = 33_000_000 + index * 7_001
    summary.droppedPackets = index % 20 == 0 ? 17 : 0
    summary.truncatedPackets = index % 9 == 0 ? 1 : 0
    summary.malformedPackets = index % 30 == 0 ? 2 : 0
    summary.flowsBySNI = 210
    summary.flowsByQUIC = 64
    summary.flowsByHTTP = 9
    summary.flowsByDNS = 12
    summary.flowsByAddress = 1
    summary.flowsUnnamed = 23
    summary.flowsMatched = 4
    summary.flowsWithECH = 31
    summary.encryptedDNSFlows = index % 4 == 0 ? 1 : 0
    return summary
  }

  private static let engineering: [UsageRecord] = {
    let alice = host("10.20.3.17", "02:42:0a:14:03:11", "lap-0142", "engineering")
    let build = host("10.20.3.40", "02:42:0a:14:03:28", "ci-runner-2", "engineering")
    let lab = host("10.20.3.55", "02:42:0a:14:03:37", "gpu-box", "engineering")
    return use(alice, .openAIAPI, .approved, at: [12, 14, 19, 20, 33, 61, 62, 70, 88], turns: 7)
      + use(alice, .copilot, .approved, at: Array(stride(from: 10, to: 100, by: 3)), turns: 18)
      + use(build, .anthropicAPI, .tolerated, at: Array(6..<40), turns: 11)
      + use(lab, .ollama, .unknown, at: [22, 23, 24, 77], turns: 5)
  }()

  private static let marketing: [UsageRecord] = {
    let bob = host("10.20.4.21", "02:42:0a:14:04:15", "lap-0207", "marketing")
    let carol = host("10.20.4.34", nil, nil, "marketing")
    return use(bob, .chatGPT, .unapproved, at: [15, 16, 17, 34, 63, 64, 90], turns: 4)
      + use(bob, .gemini, .tolerated, at: [35, 36, 65], turns: 3)
      + use(carol, .deepSeek, .unapproved, at: [66, 67, 68, 71], turns: 6)
  }()

  private static let ungrouped: [UsageRecord] = {
    let guest = host("10.20.9.8", "02:42:0a:14:09:08", "<script>alert(1)</script>", nil)
    let six = host("2001:db8:20:9::1f4", nil, "tablet-4", nil)
    return use(guest, .midjourney, .unknown, at: [40, 41, 42], turns: 2)
      + use(six, .anthropicSite, .tolerated, at: [50], turns: 0)
  }()

  private static func host(
    _ address: String, _ mac: String?, _ name: String?, _ group: String?
  ) -> UsageRecord.Host {
    UsageRecord.Host(
      address: IPAddress(address)!, mac: mac.flatMap { MACAddress($0) }, name: name,
      nameSource: name == nil ? nil : "dhcp", group: group)
  }

  private static func use(
    _ host: UsageRecord.Host, _ service: Service, _ verdict: Verdict, at windows: [Int], turns: Int
  ) -> [UsageRecord] {
    windows.map { index in
      let start = time(minute: 5 * index)
      var record = UsageRecord(
        windowStart: start, windowEnd: time(minute: 5 * index + 5), sensor: "gw-1", host: host,
        provider: service.provider, providerName: service.providerName, service: service.id,
        serviceName: service.name, category: service.category, dataEgress: service.egress,
        verdict: verdict, ruleVersion: "3f2a91c0", policyVersion: "91bc07aa",
        evidence: service.evidence,
        firstSeen: start.advanced(byNanoseconds: 3_000_000_000),
        lastSeen: start.advanced(byNanoseconds: 244_000_000_000), confidence: service.confidence)
      // Not every window is alike.
      let count = turns == 0 ? 0 : turns + (index * 7) % 5 - 2
      record.flowCount = 1 + count / 4
      record.turnCount = count
      record.applicationBytesUp = 4_100 * max(1, count) + index * 31
      record.applicationBytesDown = service.bytesDown * max(1, count) + index * 57
      record.wireBytesUp = record.applicationBytesUp * 11 / 10 + 900
      record.wireBytesDown = record.applicationBytesDown * 21 / 20 + 1_400
      record.activeSeconds = Double(count) * 6.2
      service.estimate(count, &record)
      if index % 20 == 0 {
        record.captureLoss = UsageRecord.CaptureLoss(
          droppedPackets: 17, missedBytes: 2_920, truncatedPackets: 0)
      }
      return record
    }
  }
}

/// The services of ``Office``, with how they are known and what can be said about their tokens.
struct Service {
  var provider, providerName, id, name, category, egress: String
  var evidence: [UsageRecord.Evidence]
  var confidence: Double
  var bytesDown = 52_000
  /// Likely prompt and completion tokens of a turn, and how far off they may be; nil where the estimator abstains.
  var tokens: (prompt: Double, completion: Double, spread: Double)?
  var abstention = "no profile for this service"
  var profile = ""
  var hidden: [String] = []
  /// USD for a thousand tokens in and out.
  var price: (input: Double, output: Double)?

  func estimate(_ turns: Int, _ record: inout UsageRecord) {
    record.hidden = hidden
    guard turns > 0 else { return }
    guard let tokens else {
      for _ in 0..<turns {
        record.promptTokens.addAbstention()
        record.completionTokens.addAbstention()
      }
      record.abstentions = ["prompt: \(abstention)": turns, "completion: \(abstention)": turns]
      return
    }
    record.profiles = [profile]
    for index in 0..<turns {
      record.promptTokens.add(Self.estimate(tokens.prompt, 2 * tokens.spread))
      if index == 5, tokens.spread > 0 {
        record.completionTokens.addAbstention()
        record.abstentions = ["completion: too few bytes to tell": 1]
      } else {
        record.completionTokens.add(Self.estimate(tokens.completion, tokens.spread))
      }
    }
    guard let price else { return }
    func cost(_ prompt: Double, _ completion: Double) -> Double {
      (prompt * price.input + completion * price.output) / 1_000
    }
    record.cost = UsageRecord.Cost(
      low: cost(record.promptTokens.low, record.completionTokens.low),
      likely: cost(record.promptTokens.likely, record.completionTokens.likely),
      high: cost(record.promptTokens.high, record.completionTokens.high), currency: "USD",
      priceDate: "2026-11-01")
  }

  private static func estimate(_ likely: Double, _ spread: Double) -> TokenEstimate {
    TokenEstimate(
      low: likely * (1 - spread), likely: likely, high: likely * (1 + 1.2 * spread),
      sharedVariance: 0.25)
  }

  private static func evidence(
    _ source: UsageRecord.Evidence.Source, _ name: String, _ rule: String,
    _ evidenceClass: EvidenceClass = .usage
  ) -> UsageRecord.Evidence {
    UsageRecord.Evidence(source: source, name: name, evidenceClass: evidenceClass, rule: rule)
  }

  static let openAIAPI = Service(
    provider: "openai", providerName: "OpenAI", id: "openai-api", name: "OpenAI API",
    category: "api", egress: "prompt",
    evidence: [evidence(.sni, "api.openai.com", "providers/openai.yaml:14")], confidence: 0.97,
    tokens: (1_900, 420, 0.03), profile: "openai-chat-stream@1", hidden: ["reasoning"],
    price: (0.0025, 0.01))

  static let chatGPT = Service(
    provider: "openai", providerName: "OpenAI", id: "chatgpt", name: "ChatGPT",
    category: "chat-web", egress: "prompt+files",
    evidence: [
      evidence(.sni, "chatgpt.com", "providers/openai.yaml:31"),
      evidence(.quic, "chatgpt.com", "providers/openai.yaml:31"),
      evidence(.sni, "cdn.oaistatic.com", "providers/openai.yaml:40", .cdn),
    ], confidence: 0.98, bytesDown: 88_000, abstention: "the provider keeps the history",
    hidden: ["reasoning", "server-side history"])

  static let anthropicAPI = Service(
    provider: "anthropic", providerName: "Anthropic", id: "anthropic-api", name: "Anthropic API",
    category: "api", egress: "prompt",
    evidence: [evidence(.sni, "api.anthropic.com", "providers/anthropic.yaml:12")],
    confidence: 0.97, tokens: (5_200, 610, 0.16), profile: "anthropic-messages-stream@1",
    hidden: ["reasoning"], price: (0.003, 0.015))

  static let anthropicSite = Service(
    provider: "anthropic", providerName: "Anthropic", id: "claude-web", name: "Claude",
    category: "chat-web", egress: "prompt+files",
    evidence: [evidence(.sni, "www.anthropic.com", "providers/anthropic.yaml:30", .website)],
    confidence: 0.9)

  static let gemini = Service(
    provider: "google", providerName: "Google", id: "gemini-api", name: "Gemini API",
    category: "api", egress: "prompt",
    evidence: [
      evidence(.quic, "generativelanguage.googleapis.com", "providers/google.yaml:22")
    ], confidence: 0.93, tokens: (900, 350, 0.34), profile: "quic-bytes@1", price: (0.0003, 0.0025))

  static let deepSeek = Service(
    provider: "deepseek", providerName: "DeepSeek", id: "deepseek-api", name: "DeepSeek API",
    category: "api", egress: "prompt",
    evidence: [evidence(.dns, "api.deepseek.com", "providers/deepseek.yaml:9")], confidence: 0.71,
    tokens: (700, 540, 0.09), profile: "openai-chat-stream@1", hidden: ["reasoning"])

  static let copilot = Service(
    provider: "github", providerName: "GitHub", id: "copilot", name: "GitHub Copilot completions",
    category: "coding", egress: "code",
    evidence: [
      evidence(.sni, "api.individual.githubcopilot.com", "providers/github.yaml:18"),
      evidence(
        .sni, "copilot-telemetry.githubusercontent.com", "providers/github.yaml:25", .telemetry),
    ], confidence: 0.96, bytesDown: 3_100, abstention: "no profile for this service")

  static let midjourney = Service(
    provider: "midjourney", providerName: "Midjourney", id: "midjourney", name: "Midjourney",
    category: "image", egress: "prompt+files",
    evidence: [evidence(.address, "192.0.2.77", "providers/midjourney.yaml:11")], confidence: 0.52,
    bytesDown: 640_000)

  static let ollama = Service(
    provider: "ollama", providerName: "Ollama", id: "ollama", name: "Ollama (self-hosted)",
    category: "self-hosted", egress: "none",
    evidence: [evidence(.http, "10.20.3.90:11434", "providers/ollama.yaml:10")], confidence: 0.99,
    tokens: (320, 210, 0), profile: "stated@1")
}
