import Testing
import TrafficModel

@testable import Agent

@Suite("Limits of the agent's tables")
struct AgentLimitsTests {
  @Test("fit into what the engine's tables leave", arguments: [80, 256, 1_000])
  func fit(megabytes: Int) {
    let limits = AgentLimits(memoryByteCount: megabytes * 1_000_000)
    let octets = 3_500 * limits.accounts + 700 * limits.findings
    #expect(octets < megabytes * 1_000_000 / 5)
    #expect(limits.accounts > 1_000)
  }

  @Test("follow the memory that a run may take")
  func followMemory() {
    var options = Pipeline.Options(sensor: "a")
    let usual = (options.limits.meteredFlows, options.agentLimits.accounts)
    options.memoryByteCount = 2 * TrafficEngine.Limits.defaultMemoryByteCount
    #expect(options.limits.meteredFlows > 2 * usual.0)
    #expect(options.agentLimits.accounts == 2 * usual.1)
  }
}
