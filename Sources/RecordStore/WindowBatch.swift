package import WireFormat

/// One analysis over one or more sources.
package struct RunID: Hashable, Sendable {
  let value: Int64
}

/// Where packets came from: a capture, or one stay on a live interface.
package struct SourceID: Hashable, Sendable {
  let value: Int64
}

/// What a run found in one window of one source; written in one transaction, whole or not at all.
package struct WindowBatch: Sendable {
  package var run: RunID
  package var source: SourceID
  package var windowStart: Timestamp
  package var windowEnd: Timestamp
  package var records: [UsageRecord]
  package var summary: CaptureSummary

  package init(
    run: RunID, source: SourceID, windowStart: Timestamp, windowEnd: Timestamp,
    records: [UsageRecord], summary: CaptureSummary
  ) {
    self.run = run
    self.source = source
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.records = records
    self.summary = summary
  }
}

/// Since when a run judged by what: since it began, or since its rules were read again.
package struct RunInfo: Sendable, Equatable {
  package var started: Timestamp
  package var ruleVersion: String
  package var policyVersion: String

  package init(started: Timestamp, ruleVersion: String, policyVersion: String) {
    self.started = started
    self.ruleVersion = ruleVersion
    self.policyVersion = policyVersion
  }
}
