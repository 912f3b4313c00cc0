import Capture
import Foundation
import RecordStore
import WireFormat

@testable import Agent

/// A pipeline with rules and a database of its own.
final class Bench {
  let rules: RuleFolder
  let database = NSTemporaryDirectory() + "gnomon-\(UUID().uuidString).db"

  init(policy: String = RuleFolder.policy) throws { rules = try RuleFolder(policy: policy) }

  deinit {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: database + suffix)
    }
  }

  /// Sends the frames through a pipeline in batches of so many, as one capture, and returns all records.
  func records(
    of timeline: Timeline, batch size: Int = 1_000, identity: String = "a", window: Int64 = 300
  ) throws -> [UsageRecord] {
    let store = try RecordStore(path: database)
    var options = Pipeline.Options(sensor: "bench")
    options.window = window * 1_000_000_000
    var pipeline = try Pipeline(
      judge: Judge(book: try rules.book(), window: options.window), options: options, store: store,
      started: Timeline.nine, seed: 1)
    _ = try pipeline.begin(identity: identity, path: identity + ".pcap")
    try Self.feed(timeline, in: size, to: &pipeline)
    try pipeline.finish()
    return try stored(store)
  }

  /// Analyses captures in one run, as `gnomon analyze a b`.
  func analyze(_ captures: [(identity: String, frames: Timeline)]) throws {
    let store = try RecordStore(path: database)
    let options = Pipeline.Options(sensor: "bench")
    var pipeline = try Pipeline(
      judge: Judge(book: try rules.book(), window: options.window), options: options, store: store,
      started: Timeline.nine, seed: 1)
    for (identity, frames) in captures {
      _ = try pipeline.begin(identity: identity, path: identity + ".pcap")
      try Self.feed(frames, to: &pipeline)
      if identity != captures.last?.identity { try pipeline.finishSource() }
    }
    try pipeline.finish()
  }

  func stored(_ store: RecordStore? = nil) throws -> [UsageRecord] {
    let store = try store ?? RecordStore(readingFrom: database)
    return try store.records(matching: RecordFilter())
  }

  static func feed(
    _ timeline: Timeline, in size: Int = 1_000, to pipeline: inout Pipeline
  ) throws {
    var batch = FrameBatch()
    for (index, frame) in timeline.frames.enumerated() {
      _ = batch.append(frame.octets, at: frame.time)
      if batch.count == size || index == timeline.frames.count - 1 {
        try pipeline.process(batch)
        batch.removeAll()
      }
    }
  }
}
