import Foundation
import ProviderRules

@testable import Agent

/// A rules folder on disk for one test: one provider with a service for each way of being known.
final class RuleFolder {
  let path: String

  /// - Parameter profile: the profile of `acme-api`, which is written as well.
  init(policy: String = RuleFolder.policy, prices: String? = RuleFolder.prices) throws {
    path = NSTemporaryDirectory() + "gnomon-rules-\(UUID().uuidString)"
    for folder in ["providers", "profiles"] {
      try FileManager.default.createDirectory(
        atPath: path + "/" + folder, withIntermediateDirectories: true)
    }
    try write(Self.provider, to: "providers/acme.yaml")
    try write(policy, to: "policy.yaml")
    if let prices { try write(prices, to: "prices.yaml") }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + file))
  }

  func book() throws -> RuleBook { try RuleBook(directory: path) }

  /// What the folder's error says, its own path left out; nil where it is read.
  func mistakes() -> (lines: [String], status: ExitStatus)? {
    do {
      _ = try RuleBook(directory: path)
      return nil
    } catch {
      let text = error.description.replacingOccurrences(of: path + "/", with: "")
      return (text.split(separator: "\n").map(String.init), error.status)
    }
  }

  /// `api.acme.test` and `local` (by path at port 11434) are use; `site.acme.test` is known by every other class.
  static let provider = """
    schema: 1
    id: acme
    name: Acme
    vendor: {name: Acme, country: US, site: https://acme.test}
    status: active
    services:
      - id: acme-api
        name: Acme API
        category: api
        data_egress: prompt
        match:
          domains:
            - {suffix: api.acme.test, evidence: usage}
            - {exact: files.acme.test, evidence: content}
            - {exact: auth.acme.test, evidence: auth}
            - {exact: cdn.acme.test, evidence: cdn}
            - {exact: stats.acme.test, evidence: telemetry}
            - {exact: www.acme.test, evidence: website}
            - {exact: ws.vendor.test, evidence: usage, shared: true,
               needs: {name: api.acme.test, within: 30s}}
          ips:
            - {cidr: 198.51.100.0/24, direction: ingress, exclusive: true, source: https://acme.test}
        verified: {date: 2026-11-01, by: docs, ref: https://acme.test/docs}
        confidence: high
        sources: [vendor-docs]
        examples: {hit: [api.acme.test]}
      - id: acme-local
        name: Acme on the local network
        category: self-hosted
        data_egress: none
        match:
          http:
            - {path_prefix: /api/chat, port: 11434}
            - {path_prefix: /api/tags, port: 11434, evidence: content}
        verified: {date: 2026-11-01, by: docs, ref: https://acme.test/docs}
        confidence: medium
        sources: [vendor-docs]
        examples: {hit: [':11434/api/chat']}

    """

  static let policy = """
    schema: 1
    default: unapproved
    groups:
      - {id: labs, cidrs: [10.1.0.0/16]}
      - {id: guests, cidrs: [10.9.0.0/16], excluded: true}
      - {id: council, macs: ['02:00:00:00:09:09'], excluded: true}
    verdicts:
      - {group: labs, provider: acme, verdict: approved, owner: a@acme.test, reason: agreed}

    """

  static let prices = """
    schema: 1
    providers:
      - provider: acme
        currency: EUR
        assumed: [large]
        source: https://acme.test/prices
        families:
          - {id: large, valid_from: 2026-01-01, input: 2.00, output: 10.00}
          - {id: small, valid_from: 2026-01-01, input: 1.00, output: 5.00}

    """
}
