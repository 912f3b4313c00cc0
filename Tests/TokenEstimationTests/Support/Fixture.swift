import Foundation

/// A small profile file for tests that change one thing in it.
enum Fixture {
  static func profile() throws -> String {
    """
    schema: 1
    id: test-stream
    version: 3
    family: test
    hidden: [reasoning]
    completion:
      method: events
      head: {http11: 600, http2: 300}
      leastRecords: 4
      lattice: {least: 235, usual: 315, most: 345, tight: 3, slack: 48, burst: 4, closing: 3}
      byEvents:
        offset: -2
        perToken: 1
        meanFactor: 1.01
        sharedVariance: 0.5
        mostTokens: 600
        bands:
          - {upTo: 20, low: -0.3, high: 0.4}
          - {low: -0.02, high: 0.05}
      byOctets:
        offset: 0
        perToken: 300
        meanFactor: 1
        sharedVariance: 0.5
        mostTokens: 600
        bands:
          - {low: -0.5, high: 0.5}
    prompt:
      head: {http11: 600, http2: 300}
      attachmentAbove: 100000
      byBody: {offset: 0, perToken: 5, meanFactor: 1, sharedVariance: 0.5, mostTokens: 9, bands: [{low: -0.2, high: 0.2}]}
      byBurst: {offset: 0, perToken: 5, meanFactor: 1, sharedVariance: 0.5, mostTokens: 9, bands: [{low: -0.9, high: 0.9}]}
    card:
      kind: recorded bodies
      data: invented for a test
      date: 2026-11-21
      command: none
      rows:
        - {what: "completion, events", fitted: 5, tested: 4, median: 0.01, p90: 0.05, coverage: 0.9, width: 1.1, bias: -0.02, bar: met}

    """
  }
}
