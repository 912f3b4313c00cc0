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

  /// A turn over TLS 1.3 with these net record sizes downstream.
  static func turn(
    _ sizes: [Int], upstream: Int = 2000, http: Turn.HTTPVersion = .http11,
    transport: Turn.Transport = .tls13
  ) -> Turn {
    var turn = Turn(start: Timestamp(nanoseconds: 0), transport: transport, http: http)
    turn.upstream = Turn.Burst(byteCount: upstream, recordCount: 1)
    turn.downstream = Turn.Burst(byteCount: sizes.reduce(0, +), recordCount: sizes.count)
    turn.downstreamSizes = sizes.map { UInt16(clamping: $0) }
    return turn
  }
}
