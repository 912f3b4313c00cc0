import Foundation
import WireFormat

@testable import Agent
@testable import Decryption
@testable import TokenEstimation

extension FuzzTargets {
  static var calibration: [any FuzzTarget.Type] {
    [
      KeyLogInput.self, TLSFlowInput.self, HTTP1ExchangeInput.self, HTTP2ExchangeInput.self,
      HPACKTableInput.self, ContentCodingInput.self, ReplyInput.self, UsageTableInput.self,
      TruthFileInput.self,
    ]
  }

  static let moment = Timestamp(seconds: 1_793_610_000)
}

/// The text of a TLS key log.
struct KeyLogInput: FuzzTarget {
  static let name = "key-log"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    let octets = input.copied()
    let lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var log = KeyLog()
    var mistake: KeyLogError?
    do throws(KeyLogError) { try log.add(octets, path: "k") } catch { mistake = error }
    try hold(
      log.connectionCount + log.unknownLabelCount <= lines.count,
      "a line tells of one connection at most")
    guard let mistake else { return }
    try hold((1...lines.count).contains(mistake.line), "a mistake is on a line of the file")
    let line = lines[mistake.line - 1]
    try hold((1...line.count + 1).contains(mistake.column), "a mistake is within its line")
    // What stands before the line is good.
    var good = KeyLog()
    let before = lines[..<(mistake.line - 1)].joined(separator: [UInt8(ascii: "\n")])
    try hold((try? good.add(Array(before), path: "k")) != nil, "the first mistake is told")
    try hold(good.connectionCount == log.connectionCount, "lines before a mistake are kept")
  }
}

/// An octet for the size of the pieces, a word and so many octets of a key log, then parts of a flow: an octet whose lowest
/// bit says that the client sends, a word, and so many octets.
struct TLSFlowInput: FuzzTarget {
  static let name = "tls-flow"
  static let maximumByteCount = 16_384

  private let box = CipherBox()

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let box else { throw Broken(property: "OpenSSL has the ciphers") }
    var choices = Choices(input)
    let size = choices.octet() * 8 + 1
    let text = choices.octets(choices.word()).copied()
    var log = KeyLog()
    _ = try? log.add(text, path: "k")
    var parts: [(octets: [UInt8], isUp: Bool)] = []
    while !choices.isAtEnd, parts.count < 64 {
      let isUp = choices.octet() & 1 != 0
      parts.append((choices.octets(choices.word()).copied(), isUp))
    }
    let whole = try read(parts, by: .max, log, box)
    let pieces = try read(parts, by: size, log, box)
    try hold(whole.outcome == pieces.outcome, "pieces end as the whole does")
    try hold(whole.exchanges.count == pieces.exchanges.count, "pieces hold the same exchanges")
    for exchange in whole.exchanges { try exchange.check(input.byteCount) }
  }

  private func read(
    _ parts: [(octets: [UInt8], isUp: Bool)], by size: Int, _ log: KeyLog, _ box: CipherBox
  ) throws(Broken) -> (exchanges: [Exchange], outcome: DecryptedFlow.Outcome) {
    let flow = DecryptedFlow()
    var found: [Exchange] = []
    for part in parts {
      var start = 0
      while start < part.octets.count {
        let end = part.octets.count - start > size ? start + size : part.octets.count
        flow.read(
          part.octets.octets.extracting(start..<end), isUp: part.isUp, at: FuzzTargets.moment,
          log: log, box: box
        ) { found.append($0) }
        try hold(
          flow.heldByteCount <= DecryptedFlow.maximumHeldByteCount, "a flow has its bound")
        start = end
      }
    }
    flow.finish { found.append($0) }
    return (found, flow.outcome)
  }
}

/// An octet for the size of the pieces, a word and so many octets of a client, the rest of its server: HTTP/1.1.
struct HTTP1ExchangeInput: FuzzTarget {
  static let name = "http1-exchange"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let up = choices.octets(choices.word()).copied()
    let down = choices.rest.copied()
    let whole = try read(up, down, by: .max)
    let pieces = try read(up, down, by: size)
    for exchange in whole { try exchange.check(input.byteCount) }
    try compare(whole, pieces)
  }

  private func read(
    _ up: [UInt8], _ down: [UInt8], by size: Int
  ) throws(Broken) -> [Exchange] {
    var connection = HTTP1Connection()
    var found: [Exchange] = []
    for (octets, isUp) in [(up, true), (down, false)] {
      var rest = octets[...]
      while !rest.isEmpty {
        let piece = Array(rest.prefix(size))
        connection.read(piece, isUp: isUp, at: FuzzTargets.moment) { found.append($0) }
        try hold(
          connection.heldByteCount <= 2 * ContentDecoder.maximumHeldByteCount
            + ReplyReader.maximumDocumentByteCount + RequestBody.maximumByteCount,
          "bodies have their bound")
        rest = rest.dropFirst(piece.count)
      }
    }
    connection.finish { found.append($0) }
    return found
  }
}

/// An octet for the size of the pieces, a word and so many octets of a client after its preface, the rest of its server:
/// HTTP/2.
struct HTTP2ExchangeInput: FuzzTarget {
  static let name = "http2-exchange"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let size = choices.octet() % 61 + 1
    let up = HTTP2FrameHeader.preface + choices.octets(choices.word()).copied()
    let down = choices.rest.copied()
    let whole = try read(up, down, by: .max)
    let pieces = try read(up, down, by: size)
    for exchange in whole { try exchange.check(input.byteCount) }
    try compare(whole, pieces)
  }

  private func read(
    _ up: [UInt8], _ down: [UInt8], by size: Int
  ) throws(Broken) -> [Exchange] {
    var connection = HTTP2Connection()
    var found: [Exchange] = []
    for (octets, isUp) in [(up, true), (down, false)] {
      var rest = octets[...]
      while !rest.isEmpty {
        let piece = Array(rest.prefix(size))
        connection.read(piece, isUp: isUp, at: FuzzTargets.moment) { found.append($0) }
        rest = rest.dropFirst(piece.count)
      }
    }
    try hold(connection.heldByteCount >= 0, "what is held is counted")
    try hold(
      connection.mostHeldByteCount <= DecryptedFlow.maximumHeldByteCount
        + ContentDecoder.maximumHeldByteCount + ReplyReader.maximumDocumentByteCount,
      "a connection has its bound after each frame")
    return found
  }
}

/// Header blocks of one direction, each with a word for its length.
struct HPACKTableInput: FuzzTarget {
  static let name = "hpack-table"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    var decoder = HPACKDecoder()
    while !choices.isAtEnd {
      var told = 0
      let block = choices.octets(choices.word())
      let isGood = (try? decoder.read(block) { told += $0.count + $1.count }) != nil
      try hold(told <= HPACKDecoder.maximumListByteCount, "a block tells no more than its bound")
      try hold(
        (0...HPACKDecoder.maximumCapacity).contains(decoder.size), "the table has its bound")
      guard isGood else { return }
    }
    try hold(decoder.size <= 33 * input.byteCount + 4_096, "a table is made of what came")
  }
}

/// An octet for the coding, one for the size of the pieces, then a coded body.
struct ContentCodingInput: FuzzTarget {
  static let name = "content-coding"
  static let maximumByteCount = 512

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let codings = ContentDecoder.Coding.allCases
    let coding = codings[choices.octet() % codings.count]
    let size = choices.octet() % 37 + 1
    let body = choices.rest.copied()
    let whole = try read(body, coding, by: max(1, body.count))
    let pieces = try read(body, coding, by: size)
    // libzstd takes a small frame whole before it looks at the size of its window.
    if coding != .zstd {
      try hold(whole.hasFailed == pieces.hasFailed, "pieces fail as the whole does")
    }
    guard !whole.hasFailed, !pieces.hasFailed else { return }
    try hold(whole.count == pieces.count && whole.sum == pieces.sum, "pieces decode as the whole")
  }

  private func read(
    _ body: [UInt8], _ coding: ContentDecoder.Coding, by size: Int
  ) throws(Broken) -> (count: Int, sum: UInt64, hasFailed: Bool) {
    let decoder = ContentDecoder(coding)
    var (count, sum, summed, longest) = (0, UInt64(0), 0, 0)
    for start in stride(from: 0, to: body.count, by: size) {
      decoder.decode(body[start..<min(body.count, start + size)]) { octets in
        count += octets.count
        longest = max(longest, octets.count)
        // Of a long body the first octets.
        for octet in octets.prefix(65_536 - summed) {
          sum = sum &* 31 &+ UInt64(octet)
          summed += 1
        }
      }
      try hold(
        decoder.heldByteCount <= ContentDecoder.maximumHeldByteCount, "a window has its bound")
    }
    try hold(count <= ContentDecoder.maximumByteCount, "a body has its bound")
    try hold(longest <= max(65_536, body.count), "a body comes in parts")
    return (count, sum, decoder.hasFailed)
  }
}

/// An octet for the form, one for the size of the pieces, then the body of a reply; also read as a request's.
struct ReplyInput: FuzzTarget {
  static let name = "reply"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let forms: [ReplyReader.Form] = [.json, .lines, .events, .other]
    let form = forms[choices.octet() & 3]
    let size = choices.octet() % 37 + 1
    let body = choices.rest.copied()
    var whole = ReplyReader(form)
    whole.read(body[...])
    var pieces = ReplyReader(form)
    for start in stride(from: 0, to: body.count, by: size) {
      pieces.read(body[start..<min(body.count, start + size)])
      try hold(pieces.heldByteCount <= body.count + 1, "no more is held than came")
    }
    let (one, other) = (whole.finish(), pieces.finish())
    try hold(one == other, "pieces state what the whole does")
    try hold(whole.eventCount == pieces.eventCount, "pieces hold as many events")
    try hold(whole.heldByteCount == 0, "nothing is held at the end")
    try one?.check()
    _ = RequestFacts(reading: body[...])
  }
}

/// An octet that says whether it is a bill, then a table of usage or a bill.
struct UsageTableInput: FuzzTarget {
  static let name = "usage-table"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let isBill = choices.octet() & 1 != 0
    let text = choices.rest.copied()
    var bill: CalibrateBill?
    var table: CalibrateTable?
    var mistake: AgentError?
    do throws(AgentError) {
      if isBill {
        bill = try CalibrateBill(parsing: Data(text), path: "b", providers: ["openai"])
      } else {
        table = try CalibrateTable(
          parsing: String(decoding: text, as: UTF8.self), path: "b", names: ["openai"])
      }
    } catch {
      mistake = error
    }
    if let mistake {
      try hold(mistake.status == .dataError, "a mistake is one of the data")
      try hold(mistake.description.hasPrefix("b:"), "a mistake names its file")
      try hold(mistake.description.utf8.count < 1 << 17, "mistakes are told in few words")
    }
    if let bill { try check(bill) }
    if let table { try check(table) }
  }

  private func check(_ table: CalibrateTable) throws(Broken) {
    for row in table.known {
      try hold(row.prompt != nil || row.completion != nil, "a row states something")
      for count in [row.prompt, row.completion] {
        try hold((0...CalibrateTable.mostTokens).contains(count ?? 0), "tokens have their bound")
      }
      try hold(row.start.nanoseconds >= 0, "a time is none before 1970")
    }
  }

  private func check(_ bill: CalibrateBill) throws(Broken) {
    for entry in bill.entries {
      try hold(entry.start <= entry.end, "a stretch ends after its start")
      try hold(
        entry.prompt >= 0 && entry.completion >= 0 && entry.prompt.isFinite
          && entry.completion.isFinite, "tokens are finite")
    }
  }
}

/// A truth or a list of sizes.
struct TruthFileInput: FuzzTarget {
  static let name = "truth-file"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var list: SizesList?
    var truth: TruthSet?
    var mistake: TruthMistake?
    do throws(TruthMistake) {
      let root = try JSONNode(parsing: input)
      if case .array = root.value {
        list = try SizesList(reading: root)
      } else {
        truth = try TruthSet(reading: root)
      }
    } catch {
      mistake = error
    }
    if let mistake {
      try hold((0...input.byteCount).contains(mistake.offset), "a mistake is within the file")
      try hold(mistake.line(path: "t", in: input).hasPrefix("t:"), "a mistake has a line")
    }
    for stream in list?.streams ?? [] {
      guard let turn = list?.turn(of: stream) else { continue }
      try hold(turn.start <= turn.end, "a stream ends after its start")
      try hold(turn.downstream.byteCount >= 0, "sizes add up")
    }
    for turn in truth?.turns ?? [] {
      try hold(turn.start <= turn.end, "a turn ends after its start")
      for count in [turn.usage.promptTotal, turn.usage.completionVisible] {
        try hold((0...TrueTurn.mostTokens).contains(count ?? 0), "tokens have their bound")
      }
    }
    if let truth {
      _ = TurnMatch.all(truths: truth.turns, estimates: [], nonTurns: truth.nonTurns)
    }
  }
}

extension FuzzTarget {
  /// Of a coded body a library may give a part before a fault or not, as its pieces fall: then only the sizes are compared.
  fileprivate func compare(_ whole: [Exchange], _ pieces: [Exchange]) throws(Broken) {
    try hold(whole.count == pieces.count, "pieces hold the same exchanges")
    for (one, other) in zip(whole, pieces) {
      try hold(
        one.statusCode == other.statusCode && one.streamID == other.streamID
          && one.requestBodyByteCount == other.requestBodyByteCount
          && one.responseBodyByteCount == other.responseBodyByteCount,
        "pieces have the same sizes")
      try hold(
        one == other || one.silence == .damagedCoding || other.silence == .damagedCoding,
        "pieces read as the whole does")
    }
  }
}

extension Exchange {
  /// - Parameter byteCount: of all that came.
  fileprivate func check(_ byteCount: Int) throws(Broken) {
    try hold((100...999).contains(statusCode), "a status has three digits")
    try hold(
      (0...byteCount).contains(requestBodyByteCount)
        && (0...byteCount).contains(responseBodyByteCount), "bodies are no longer than what came")
    try hold((usage == nil) != (silence == nil), "there is usage, or why there is none")
    try usage?.check()
  }
}

extension ProviderUsage {
  fileprivate func check() throws(Broken) {
    try hold(
      promptTotal >= 0 && completionVisible >= 0 && reasoning >= 0 && promptFromTools >= 0,
      "usage is none below zero")
    try hold((0...promptTotal).contains(promptCached), "what was cached is a part of the prompt")
  }
}
