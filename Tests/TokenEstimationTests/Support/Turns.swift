import Foundation
import TokenEstimation
import TrafficModel
import WireFormat

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

  /// Headers, `count` events of 313 octets in chunks of `perRecord`, the end of the body.
  static func chatStream(events count: Int, perRecord: Int = 2) -> [Int] {
    var sizes = [900]
    var left = count
    while left > 0 {
      let events = min(perRecord, left)
      sizes.append(7 + 313 * events)
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
