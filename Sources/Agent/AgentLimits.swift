import TrafficModel

/// Capacities of the agent's own tables.
package struct AgentLimits: Sendable {
  /// Accounts of a window, and records that wait to be written: 3,500 octets for both.
  package var accounts = 10_000
  /// Names of AI services that are told apart, some 700 octets each with the longest names.
  package var findings = 16_384

  package init() {}

  /// Limits for a program that may take so much memory; the standing ones are those of 256 MB.
  package init(memoryByteCount: Int) {
    let share =
      Double(memoryByteCount) / Double(TrafficEngine.Limits.defaultMemoryByteCount)
    accounts = Int(Double(accounts) * share)
    findings = Int(Double(findings) * share)
  }
}
