import StrictYAML

extension Profile {
  /// The form of the files that this version reads.
  static let schema = 1

  /// Reads one file; mistakes go to `decoder`.
  init?(reading node: YAMLNode, with decoder: StrictDecoder) {
    let profile = decoder.mapping(node, "a profile") { m -> Profile? in
      _ = m.int("schema", in: Self.schema...Self.schema)
      let id = m.string("id")
      let version = m.int("version", in: 1...1_000_000)
      let family = m.string("family")
      let parent = m.optionalString("parent")
      let siblings = m.optionalStrings("siblings")
      let unary = m.optionalString("unary")
      let hidden = m.optionalStrings("hidden")
      let completion = m.mapping("completion", "how replies are counted", Self.completion)
      let prompt = m.optionalMapping("prompt", "how requests are counted", Self.prompt)
      let keepsHistory = m.optionalBool("serverSideHistory") ?? false
      if keepsHistory, prompt != nil {
        m.report("serverSideHistory", "expected no `prompt` where the provider keeps the history")
      }
      let card = m.mapping("card", "a calibration card", Self.card)
      guard let id, let version, let family, let completion, let card else { return nil }
      return Profile(
        id: id, version: version, family: family, parent: parent, siblings: siblings, unary: unary,
        hidden: hidden, completion: completion, prompt: prompt, keepsHistory: keepsHistory,
        card: card)
    }
    guard let profile else { return nil }
    self = profile
  }

  private static func completion(_ m: MappingReader) -> Completion? {
    let method = m.choice("method", as: Method.self)
    let head = m.mapping("head", "an allowance for headers", headAllowance)
    let isUnknown = m.optionalBool("unknown") ?? false
    let leastRecords = m.int("leastRecords", in: 1...1000)
    let mostRecords = m.optionalInt("mostRecords", in: 1...100_000)
    let reply = m.optionalChoice("reply", as: ReplyForm.self)
    let reasoningFrom = m.optionalDouble("reasoningFrom", in: 16...16_384)
    let lattice = m.optionalMapping("lattice", "the shape of an event", latticeShape)
    let text = m.optionalMapping("text", "the shape of an event", textShape)
    let blocks = m.optionalMapping("blocks", "the events of content blocks", blockShape)
    let compressed = m.optionalMapping("compressed", "the events when compressed", compressedShape)
    let byReply = m.optionalMapping("byReply", "a calibration", calibration)
    let byReasoning = m.optionalMapping("byReasoning", "a calibration", calibration)
    let byEvents = m.optionalMapping("byEvents", "a calibration", calibration)
    let byText = m.optionalMapping("byText", "a calibration", calibration)
    let byCompressed = m.optionalMapping("byCompressedOctets", "a calibration", calibration)
    let byOctets = m.mapping("byOctets", "a calibration", calibration)
    if method == .events, lattice == nil || byEvents == nil {
      m.report("method", "expected `lattice` and `byEvents` beside method `events`")
    }
    if method == .text, text == nil || byText == nil {
      m.report("method", "expected `text` and `byText` beside method `text`")
    }
    if reply != nil, byReply == nil {
      m.report("reply", "expected `byReply` beside `reply`")
    }
    if reasoningFrom != nil, lattice == nil || byReasoning == nil {
      m.report("reasoningFrom", "expected `lattice` and `byReasoning` beside `reasoningFrom`")
    }
    if compressed != nil, byCompressed == nil {
      m.report("compressed", "expected `byCompressedOctets` beside `compressed`")
    }
    guard let method, let head, let leastRecords, let byOctets else { return nil }
    return Completion(
      method: method, head: head, isUnknown: isUnknown, leastRecords: leastRecords,
      mostRecords: mostRecords, reply: reply, reasoningFrom: reasoningFrom,
      lattice: lattice, text: text, blocks: blocks, compressed: compressed, byReply: byReply,
      byReasoning: byReasoning, byEvents: byEvents,
      byText: byText, byCompressedOctets: byCompressed, byOctets: byOctets)
  }

  private static func prompt(_ m: MappingReader) -> Prompt? {
    let head = m.mapping("head", "an allowance for headers", requestAllowance)
    let skeleton = m.optionalDouble("skeleton", in: 0...65_536) ?? 0
    let attachmentAbove = m.int("attachmentAbove", in: 1...1_000_000_000)
    let opening = m.optionalMapping("opening", "the events that open a reply", opening)
    let byBody = m.mapping("byBody", "a calibration", calibration)
    let byBurst = m.mapping("byBurst", "a calibration", calibration)
    let byCall = m.optionalMapping("byCall", "a calibration", calibration)
    guard let head, let attachmentAbove, let byBody, let byBurst else { return nil }
    return Prompt(
      head: head, opening: opening, skeleton: skeleton, attachmentAbove: attachmentAbove,
      byBody: byBody,
      byBurst: byBurst, byCall: byCall)
  }

  private static func opening(_ m: MappingReader) -> Opening? {
    guard let least = m.double("least", in: 16...16_384),
      let growth = m.double("growth", in: -1_024...1_024)
    else { return nil }
    return Opening(least: least, growth: growth)
  }

  private static func requestAllowance(_ m: MappingReader) -> RequestAllowance? {
    guard let http11 = m.double("http11", in: 0...65_536),
      let http2 = m.double("http2", in: 0...65_536)
    else { return nil }
    let later = m.optionalDouble("http2Later", in: 0...65_536)
    return RequestAllowance(http11: http11, http2: http2, http2Later: later ?? http2)
  }

  private static func headAllowance(_ m: MappingReader) -> HeadAllowance? {
    guard let http11 = m.double("http11", in: 0...65_536),
      let http2 = m.double("http2", in: 0...65_536)
    else { return nil }
    return HeadAllowance(http11: http11, http2: http2)
  }

  private static func latticeShape(_ m: MappingReader) -> LatticeShape? {
    let least = m.double("least", in: 16...16_384)
    let usual = m.double("usual", in: 16...16_384)
    let most = m.double("most", in: 16...16_384)
    let tight = m.double("tight", in: 0...1024)
    let slack = m.double("slack", in: 0...1024)
    let burst = m.double("burst", in: 1...100)
    let closing = m.optionalDouble("closing", in: 0...100)
    guard let least, let usual, let most, let tight, let slack, let burst else { return nil }
    if !(least <= usual && usual <= most && most < 2 * least) {
      m.report("most", "expected least ≤ usual ≤ most < 2 × least, or a unit would not be unique")
    }
    return LatticeShape(
      least: least, usual: usual, most: most, tight: tight, slack: slack, burst: burst,
      closing: closing)
  }

  private static func textShape(_ m: MappingReader) -> TextShape? {
    let usual = m.double("usual", in: 16...16_384)
    let overhead = m.double("overhead", in: 0...16_384)
    let mostText = m.double("mostText", in: 1...65_536)
    let leastText = m.optionalDouble("leastText", in: 0...65_536)
    let skipsLast = m.optionalBool("skipsLast") ?? false
    let perEvent = m.optionalDouble("perEvent", in: 0...1024)
    let closing = m.optionalDouble("closing", in: 0...16_384)
    let rated = m.optionalDouble("rated", in: 16...16_384)
    guard let usual, let overhead, let mostText else { return nil }
    return TextShape(
      usual: usual, overhead: overhead, mostText: mostText, leastText: leastText,
      skipsLast: skipsLast, perEvent: perEvent ?? 0, closing: closing, rated: rated)
  }

  private static func blockShape(_ m: MappingReader) -> BlockShape? {
    let octets = 1.0...16_384.0
    guard let start = m.double("start", in: octets), let block = m.double("block", in: octets),
      let ping = m.double("ping", in: octets), let stop = m.double("stop", in: octets),
      let delta = m.double("delta", in: octets), let end = m.double("end", in: octets),
      let text = m.double("text", in: octets), let tool = m.double("tool", in: 0...16_384)
    else { return nil }
    return BlockShape(
      start: start, block: block, ping: ping, stop: stop, delta: delta, end: end, text: text,
      tool: tool)
  }

  private static func compressedShape(_ m: MappingReader) -> CompressedShape? {
    guard let opening = m.double("opening", in: 0...16_384),
      let closing = m.double("closing", in: 0...16_384),
      let usual = m.double("usual", in: 1...16_384),
      let overhead = m.double("overhead", in: 0...16_384),
      let perEvent = m.double("perEvent", in: 0...1024)
    else { return nil }
    return CompressedShape(
      opening: opening, closing: closing, usual: usual, overhead: overhead, perEvent: perEvent)
  }

  private static func calibration(_ m: MappingReader) -> Calibration? {
    let offset = m.double("offset", in: -100_000...100_000)
    let perToken = m.double("perToken", in: 0.01...100_000)
    let power = m.optionalDouble("power", in: 0.5...2)
    let least = m.optionalDouble("least", in: 1...100_000)
    let densest = m.optionalDouble("densest", in: 0.01...100_000)
    let meanFactor = m.double("meanFactor", in: 0.1...10)
    let sharedVariance = m.double("sharedVariance", in: 0...1)
    let mostTokens = m.double("mostTokens", in: 1...100_000_000)
    let steps = m.optionalList("steps") { node in m.decoder.mapping(node, "a step", step) }
    let bands = m.list("bands") { node in m.decoder.mapping(node, "a band", band) }
    guard let offset, let perToken, let meanFactor, let sharedVariance, let mostTokens, let bands
    else { return nil }
    let sizes = steps.map(\.upTo)
    if !zip(sizes, sizes.dropFirst()).allSatisfy({ $0 < $1 }) {
      m.report("steps", "expected steps in ascending order of `upTo`")
    }
    let edges = bands.map(\.upTo)
    guard edges.last == .infinity, zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
      m.report("bands", "expected bands in ascending order of `upTo`, the last without one")
      return nil
    }
    return Calibration(
      offset: offset, perToken: perToken, power: power ?? 1, least: least ?? 1, densest: densest,
      meanFactor: meanFactor, sharedVariance: sharedVariance, mostTokens: mostTokens,
      bands: bands, steps: steps)
  }

  private static func band(_ m: MappingReader) -> Calibration.Band? {
    let upTo = m.optionalDouble("upTo", in: 1...100_000_000) ?? .infinity
    guard let low = m.double("low", in: -12...0), let high = m.double("high", in: 0...12) else {
      return nil
    }
    return Calibration.Band(upTo: upTo, low: low, high: high)
  }

  private static func step(_ m: MappingReader) -> Calibration.Step? {
    guard let upTo = m.double("upTo", in: 1...100_000_000),
      let likely = m.double("likely", in: 1...100_000_000),
      let low = m.double("low", in: -12...0), let high = m.double("high", in: 0...12),
      let mean = m.double("mean", in: 0...100_000_000)
    else { return nil }
    return Calibration.Step(upTo: upTo, likely: likely, low: low, high: high, mean: mean)
  }

  private static func card(_ m: MappingReader) -> CalibrationCard? {
    let kind = m.choice("kind", as: CalibrationCard.Kind.self)
    let data = m.string("data")
    let date = m.date("date")
    let command = m.string("command")
    let models = m.optionalStrings("models")
    let rows = m.list("rows") { node in m.decoder.mapping(node, "a row of the card", row) }
    if rows?.isEmpty == true { m.report("rows", "expected at least one row, found none") }
    guard let kind, let data, let date, let command, let rows else { return nil }
    return CalibrationCard(
      kind: kind, data: data, date: date, command: command,
      models: Set(models.map(ModelName.plain)),
      rows: rows)
  }

  private static func row(_ m: MappingReader) -> CalibrationCard.Row? {
    let what = m.string("what")
    let fitted = m.int("fitted", in: 0...100_000_000)
    let tested = m.int("tested", in: 0...100_000_000)
    let median = m.double("median", in: 0...1_000_000)
    let p90 = m.double("p90", in: 0...1_000_000)
    let coverage = m.double("coverage", in: 0...1)
    let width = m.double("width", in: 1...1_000_000)
    let bias = m.double("bias", in: -1...1_000_000)
    let bar = m.optionalChoice("bar", as: CalibrationCard.Bar.self)
    guard let what, let fitted, let tested, let median, let p90, let coverage, let width, let bias
    else { return nil }
    return CalibrationCard.Row(
      what: what, fittedTurns: fitted, testedTurns: tested, medianError: median, p90Error: p90,
      coverage: coverage, width: width, bias: bias, bar: bar)
  }
}
