@testable import ProviderRules

/// Small rule files for tests.
enum RuleText {
  /// A provider with one service, `match` and `examples` as given (flow style, without their outer braces).
  static func provider(
    _ id: String, match: String, hit: String, miss: String = "", service: String? = nil,
    status: String = "active"
  ) -> RuleSource {
    RuleSource(
      path: "providers/\(id).yaml",
      text: """
        schema: 1
        id: \(id)
        name: Provider \(id)
        vendor: {name: Vendor, country: US, site: https://example.com}
        status: \(status)
        services:
          - id: \(service ?? id)
            name: Service \(id)
            category: chat-web
            data_egress: prompt
            match: {\(match)}
            verified: {date: 2026-11-01, by: docs, ref: https://example.com/docs}
            confidence: high
            sources: [vendor-docs]
            examples: {hit: [\(hit)], miss: [\(miss)]}
        """)
  }

  static func traps(_ names: [String]) -> RuleSource {
    RuleSource(
      path: "traps.yaml",
      text: """
        schema: 1
        traps:
          - kind: shared-root
            reason: shared with everything
            names: [\(names.map { "{suffix: \($0)}" }.joined(separator: ", "))]
        """)
  }

  /// The messages with which compiling fails, `line:column: message`; empty when it does not.
  static func messages(_ sources: [RuleSource], traps: RuleSource? = nil) -> [String] {
    do {
      _ = try RuleSet(compiling: sources, traps: traps)
      return []
    } catch {
      return error.diagnostics.map { "\($0.line):\($0.column): \($0.message)" }
    }
  }
}
