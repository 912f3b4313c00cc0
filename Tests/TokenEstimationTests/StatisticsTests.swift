import Foundation
import Testing

@testable import TokenEstimation

/// `scripts/fit-profiles` fits with Python what these estimators compute in Swift: both must find the same.
@Suite("The fitter's statistics and ours")
struct StatisticsTests {
  struct Case: Decodable {
    var http: Int
    var sizes: [Int]
    var body: Double
    var unary: Bool
    var compressed: Bool
    var lattices: [String: [Double]]
    var texts: [String: Double]
    var blocks: Double
    var compressedText: Double
    var reply: Reply?
    /// The body's octets through a calibration with a power.
    var grown: Double
  }

  /// `[profile, deltas, more, is sure, is text]`.
  struct Reply: Decodable {
    var profile: String
    var reply: StreamedReply

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      profile = try values.decode(String.self)
      reply = StreamedReply(
        deltas: try values.decode(Double.self), more: try values.decode(Double.self),
        isSure: try values.decode(Bool.self), isText: try values.decode(Bool.self))
    }
  }

  /// What the estimator would find, the form that more must fit first.
  static func reply(in sizes: RecordSizes) -> (profile: String, reply: StreamedReply)? {
    for (profile, form) in [
      ("openai-responses-stream", Profile.ReplyForm.responses), ("openai-chat-stream", .chat),
    ] {
      let found = form == .chat ? PaddedChat.reply(in: sizes) : ResponseStream.reply(in: sizes)
      guard let found, let shape = shapes[profile] else { continue }
      let lattice = LatticeDetector(shape: shape, framing: sizes.framing).detect(sizes.records)
      return (profile, found.refined(by: lattice, form: form))
    }
    return nil
  }

  static let shapes: [String: LatticeShape] = [
    "openai-chat-stream": shape(235, 315, 345, 3, 48, 4, 3),
    "openai-responses-stream": shape(225, 258, 275, 4, 20, 2, nil),
    "mistral-chat-stream": shape(195, 221, 246, 14, 6, 4, 3),
    "deepseek-chat-stream": shape(265, 278, 345, 6, 6, 4, 3),
    "groq-chat-stream": shape(225, 267, 345, 6, 6, 4, 3),
    "openrouter-chat-stream": shape(300, 336, 380, 6, 6, 4, 3),
    "cohere-chat-stream": shape(86, 111, 145, 8, 6, 4, 3),
    "openai-compatible-stream": shape(205, 300, 400, 6, 16, 4, 3),
    "azure-chat-stream": shape(340, 391, 650, 24, 24, 4, 3),
  ]

  static let anthropic = TextShape(
    usual: 136.5, overhead: 122.5, mostText: 200, leastText: nil, perEvent: 2, closing: nil)

  static let texts: [String: TextShape] = [
    "anthropic-messages": anthropic,
    "without the last": TextShape(
      usual: 136.5, overhead: 122.5, mostText: 200, leastText: nil, skipsLast: true, perEvent: 2),
    "gemini-stream": TextShape(
      usual: 800, overhead: 373, mostText: 300, leastText: 15, perEvent: 2, closing: 46, rated: 650),
  ]

  static let blocks = BlockShape(
    start: 445, block: 124.5, ping: 36, stop: 80.5, delta: 225, end: 58, text: 14, tool: 150)

  static let compressed = CompressedShape(
    opening: 333, closing: 84, usual: 20, overhead: 11, perEvent: 3)

  static let grown = Calibration(
    offset: 0, perToken: 7.5, power: 1.15, least: 30, meanFactor: 1, sharedVariance: 0,
    mostTokens: 1000,
    bands: [Calibration.Band(upTo: .infinity, low: -1, high: 1)])

  static func shape(
    _ least: Double, _ usual: Double, _ most: Double, _ tight: Double, _ slack: Double,
    _ burst: Double, _ closing: Double?
  ) -> LatticeShape {
    LatticeShape(
      least: least, usual: usual, most: most, tight: tight, slack: slack, burst: burst,
      closing: closing)
  }

  static func cases() throws -> [Case] {
    let file = Samples.root.appendingPathComponent("Tests/Fixtures/estimation/statistics.ndjson")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Case.self, from: Data($0.utf8))
    }
  }

  @Test func agree() throws {
    let cases = try Self.cases()
    #expect(cases.count == 170)
    #expect(cases.count { $0.reply != nil } > 40)
    for (number, example) in cases.enumerated() {
      let turn = Samples.turn(example.sizes, http: example.http == 1 ? .http11 : .http2)
      let sizes = RecordSizes(of: turn)
      #expect((sizes.bodyOctets(headAllowance: 450) - example.body).magnitude < 1e-6, "\(number)")
      #expect(sizes.readAsUnary(leastRecords: 2) == example.unary, "\(number)")
      #expect(
        sizes.readAsCompressed(overhead: 122.5, start: 445) == example.compressed, "\(number)")
      let reply = Self.reply(in: sizes)
      #expect(reply?.profile == example.reply?.profile, "\(number)")
      if let reply = reply?.reply, let expected = example.reply?.reply {
        #expect((reply.deltas - expected.deltas).magnitude < 1e-6, "\(number)")
        #expect((reply.more - expected.more).magnitude < 1e-6, "\(number)")
        #expect(reply.isSure == expected.isSure && reply.isText == expected.isText, "\(number)")
      }
      for (name, shape) in Self.shapes {
        let found = LatticeDetector(shape: shape, framing: sizes.framing).detect(sizes.records)
        let figures = found.map { [$0.unit, $0.events, Double($0.tightCount)] }
        let expected = example.lattices[name]
        #expect((figures == nil) == (expected == nil), "\(number) \(name)")
        for (a, b) in zip(figures ?? [], expected ?? []) {
          #expect((a - b).magnitude < 1e-6, "\(number) \(name)")
        }
      }
      for (name, shape) in Self.texts {
        let text = sizes.textOctets(shape: shape, headAllowance: 450)
        #expect((text - (example.texts[name] ?? -1)).magnitude < 1e-6, "\(number) \(name)")
      }
      var shape = Self.anthropic
      shape.perEvent = 3
      let blocks = sizes.blockText(shape: shape, blocks: Self.blocks, headAllowance: 450)
      #expect((blocks - example.blocks).magnitude < 1e-6, "\(number) blocks")
      let compressed = sizes.compressedText(shape: Self.compressed, headAllowance: 450)
      #expect((compressed - example.compressedText).magnitude < 1e-6, "\(number) compressed")
      #expect((Self.grown.likely(example.body) - example.grown).magnitude < 1e-6, "\(number) grown")
    }
  }
}
