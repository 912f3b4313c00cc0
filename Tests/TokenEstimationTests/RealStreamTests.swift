import Foundation
import Testing
import TokenEstimation
import TrafficModel

/// Real ciphertext: gpt-4o streams as captured in March 2026, one client.
@Suite("Real gpt-4o streams (../shared/turns)")
struct RealStreamTests {
  static let file = Samples.recordedTurns.appendingPathComponent("gpt4o-stream-sizes.json")

  struct Stream: Decodable {
    var frames: [Int]
    var tokens: Int

    enum CodingKeys: String, CodingKey {
      case frames = "data_lengths"
      case tokens = "response_token_count"
    }
  }

  /// Net record sizes. The file holds frames: 66 octets of Ethernet, IPv4 and TCP, then TLS records of 22 octets of
  /// overhead each; a multiple of 655 is that many two-event flushes, any other frame is taken as one record. The
  /// first frame is the server's handshake flight.
  static func recordSizes(_ frames: [Int]) -> [Int] {
    frames.dropFirst().flatMap { frame -> [Int] in
      let payload = frame - 66
      if payload > 0, payload % 655 == 0 {
        return Array(repeating: 633, count: payload / 655)
      }
      return payload > 22 ? [payload - 22] : []
    }
  }

  @Test(
    "the later 60, which no fit has seen, are counted to the token in the median",
    .enabled(if: Samples.exists(file), "../shared/turns is not here"))
  func laterStreams() throws {
    let profiles = try Samples.shippedProfiles()
    let streams = try JSONDecoder().decode([Stream].self, from: Data(contentsOf: Self.file))
    var errors: [Double] = []
    var held = 0
    var estimated = 0.0
    var truth = 0.0
    for stream in streams.dropFirst(40) {
      let tokens = Double(stream.tokens)
      let turn = Samples.turn(Self.recordSizes(stream.frames))
      let estimate = profiles.estimate(turn: turn, profileID: "openai-chat-stream")
      let figure = try #require(estimate.completion.estimate)
      errors.append((figure.likely / tokens - 1).magnitude)
      held += figure.low <= tokens && tokens <= figure.high ? 1 : 0
      estimated += figure.mean
      truth += tokens
    }
    errors.sort()
    #expect(errors.count == 60)
    #expect(errors[30] <= 0.002)
    #expect(errors[54] <= 0.025)
    #expect(held >= 53)
    #expect((estimated / truth - 1).magnitude <= 0.03)
  }
}
