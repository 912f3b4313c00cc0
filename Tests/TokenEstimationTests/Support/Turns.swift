import Foundation
import TrafficModel
import WireFormat

@testable import TokenEstimation

/// Turns and profiles for the tests.
enum Samples {
  /// The repository.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Recorded provider calls; not part of the repository.
  static let recordedTurns = root.appendingPathComponent("../shared/turns").standardizedFileURL

  static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  /// The profiles that ship.
  static func shippedProfiles() throws -> ProfileSet {
    let folder = root.appendingPathComponent("rules/profiles")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return try ProfileSet(
      compiling: names.filter { $0.hasSuffix(".yaml") }.map { name in
        (
          path: "rules/profiles/\(name)",
          text: try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        )
      })
  }

  /// A turn over TLS 1.3 with these net record sizes.
  static func turn(
    _ sizes: [Int], upstream: [Int] = [650, 1350], http: Turn.HTTPVersion = .http11,
    transport: Turn.Transport = .tls13
  ) -> Turn {
    var turn = Turn(start: Timestamp(nanoseconds: 0), transport: transport, http: http)
    turn.upstream = Turn.Burst(byteCount: upstream.reduce(0, +), recordCount: upstream.count)
    turn.upstreamSizes = upstream.map { UInt16(clamping: $0) }
    turn.downstream = Turn.Burst(byteCount: sizes.reduce(0, +), recordCount: sizes.count)
    turn.downstreamSizes = sizes.map { UInt16(clamping: $0) }
    return turn
  }

  /// Net sizes of the records of `events` in chunks or frames of `perRecord`, headers first; without `head` they share the
  /// first record.
  static func records(
    _ events: [Int], perRecord: Int, head: Int?, http2: Bool = false
  ) -> [Int] {
    var sizes = head.map { [$0] } ?? []
    for start in stride(from: 0, to: events.count, by: perRecord) {
      let octets = events[start..<min(start + perRecord, events.count)].reduce(0, +)
      sizes.append(octets + (http2 ? 9 : 4 + String(octets, radix: 16).count))
    }
    if head == nil, !sizes.isEmpty { sizes[0] += 2000 }
    return sizes + [http2 ? 9 : 5]
  }

  static func sizes(
    _ events: [Int], perRecord: Int, head: Int?, http2: Bool = false
  ) -> RecordSizes {
    RecordSizes(
      of: turn(
        records(events, perRecord: perRecord, head: head, http2: http2),
        http: http2 ? .http2 : .http11))
  }

  /// Headers, `count` events of 313 octets in chunks of `perRecord`, the first with a role in it; the end of the body.
  static func chatStream(events count: Int, perRecord: Int = 2) -> [Int] {
    var sizes = [900]
    var left = count
    while left > 0 {
      let events = min(perRecord, left)
      sizes.append(7 + 313 * events + (left == count ? 32 : 0))
      left -= events
    }
    return sizes + [7 + 14, 5]
  }
}

extension TurnEstimate.Figure {
  /// The estimate, if it is one.
  var estimate: TokenEstimate? {
    if case .estimated(let estimate) = self { estimate } else { nil }
  }
}
