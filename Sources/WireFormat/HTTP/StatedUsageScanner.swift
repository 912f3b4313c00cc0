/// Finds the token counts that an API server states in a response in the clear, in a body that
/// comes in pieces of any size.
///
/// | server | members | where |
/// |---|---|---|
/// | Ollama | `prompt_eval_count`, `eval_count` | top level of the last line |
/// | OpenAI-shaped | `prompt_tokens`, `completion_tokens` | in `usage` |
/// | OpenAI Responses, Anthropic-shaped | `input_tokens`, `output_tokens` | in `usage` |
///
/// It follows the strings and the nesting of JSON, so that the same words in a prompt, an answer or
/// the arguments of a tool are not taken for counts. It keeps no octet of the body: of a member's
/// name only which of the names above it can still become. Of several statements the last stands,
/// as streams state running totals. Lines of server-sent events may stand around the documents.
package struct StatedUsageScanner: Equatable, Sendable {
  /// What the response said the prompt cost; nil when it has not (Ollama leaves it out for a cached
  /// one).
  package private(set) var promptTokens: Int?
  /// What the response said the answer cost; nil when it has not.
  package private(set) var completionTokens: Int?

  private enum State: Equatable, Sendable {
    /// Between strings.
    case outside
    /// In a string: which names it can still become, and octets of it so far.
    case string(candidates: UInt8, length: Int)
    /// In a string after a backslash.
    case escape
    /// After a name, before its colon.
    case name(Member)
    /// After the colon, before the value.
    case colon(Member)
    /// In a number.
    case number(Member, Int, digitCount: Int)
    /// Octets were lost; nothing is believed until a line ends.
    case lost
  }

  private enum Member: UInt8, CaseIterable, Sendable {
    case promptEvalCount, evalCount, promptTokens, completionTokens, inputTokens, outputTokens,
      usage

    var name: StaticString {
      switch self {
      case .promptEvalCount: "prompt_eval_count"
      case .evalCount: "eval_count"
      case .promptTokens: "prompt_tokens"
      case .completionTokens: "completion_tokens"
      case .inputTokens: "input_tokens"
      case .outputTokens: "output_tokens"
      case .usage: "usage"
      }
    }
  }

  /// The deepest `usage`: an object within `response` or `message` within the document.
  private static let maximumUsageDepth = 3

  private var state = State.outside
  /// Objects and arrays around the cursor.
  private var depth = 0
  /// The depth within the `usage` object that the cursor is in, 0 outside one.
  private var usageDepth = 0

  package init() {}

  /// Reads the next piece of the body, without its transfer coding.
  package mutating func scan(_ bytes: RawSpan) {
    var offset = 0
    while let octet = bytes.octet(at: offset) {
      step(octet)
      offset += 1
      // Most of a body is text of no interest: go to where it can end.
      if state == .string(candidates: 0, length: 0) {
        while let octet = bytes.octet(at: offset), !Self.endsText(octet) { offset += 1 }
      }
    }
  }

  /// Says that octets of the body are missing here: scanning goes on after the next line end.
  package mutating func skipLostOctets() {
    state = .lost
  }

  /// Forgets all for the next response.
  package mutating func reset() {
    self = Self()
  }

  private mutating func step(_ octet: UInt8) {
    switch state {
    case .outside:
      readOutside(octet)
    case .string(let candidates, let length):
      readString(octet, candidates, length)
    case .escape:
      state = .string(candidates: 0, length: 0)
    case .name(let member):
      if octet == UInt8(ascii: ":") {
        state = .colon(member)
      } else if !Self.isSpace(octet) {
        readOutside(octet)
      }
    case .colon(let member):
      readValue(octet, of: member)
    case .number(let member, let value, let digitCount):
      readNumber(octet, member, value, digitCount)
    case .lost:
      if octet == UInt8(ascii: "\n") { resynchronise() }
    }
  }

  private mutating func readOutside(_ octet: UInt8) {
    state = .outside
    switch octet {
    case UInt8(ascii: "\""):
      state = .string(candidates: 0x7f, length: 0)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      depth &+= 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth = max(0, depth - 1)
      if depth < usageDepth { usageDepth = 0 }
    default:
      break
    }
  }

  private mutating func readString(_ octet: UInt8, _ candidates: UInt8, _ length: Int) {
    switch octet {
    case UInt8(ascii: "\""):
      let member = Member.allCases.first {
        candidates >> $0.rawValue & 1 == 1 && $0.name.utf8CodeUnitCount == length
      }
      state = member.map { .name($0) } ?? .outside
    case UInt8(ascii: "\\"):
      state = .escape
    case UInt8(ascii: "\n"):
      // JSON has no bare line end in a string (RFC 8259, section 7): the place was lost.
      resynchronise()
    default:
      guard candidates != 0 else { return }
      var left = candidates
      for member in Member.allCases where candidates >> member.rawValue & 1 == 1 {
        // Safe: the index is compared with the literal's length first.
        let matches =
          unsafe length < member.name.utf8CodeUnitCount && member.name.utf8Start[length] == octet
        if !matches { left &= ~(1 << member.rawValue) }
      }
      state = .string(candidates: left, length: left == 0 ? 0 : length + 1)
    }
  }

  private mutating func readValue(_ octet: UInt8, of member: Member) {
    switch octet {
    case _ where Self.isSpace(octet):
      break
    case UInt8(ascii: "0")...UInt8(ascii: "9") where member != .usage:
      state = .number(member, Int(octet - UInt8(ascii: "0")), digitCount: 1)
    default:
      readOutside(octet)
      if member == .usage, octet == UInt8(ascii: "{"), depth <= Self.maximumUsageDepth {
        usageDepth = depth
      }
    }
  }

  private mutating func readNumber(
    _ octet: UInt8, _ member: Member, _ value: Int, _ digitCount: Int
  ) {
    switch octet {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      // Ten digits are more tokens than any answer has; a longer number is no count.
      let next = 10 * value + Int(octet - UInt8(ascii: "0"))
      state = digitCount < 10 ? .number(member, next, digitCount: digitCount + 1) : .outside
    case UInt8(ascii: ","), UInt8(ascii: "}"),
      _ where Self.isSpace(octet):
      note(member, value)
      readOutside(octet)
    default:
      readOutside(octet)
    }
  }

  private mutating func note(_ member: Member, _ value: Int) {
    switch member {
    case .promptEvalCount where depth == 1: promptTokens = value
    case .evalCount where depth == 1: completionTokens = value
    case .promptTokens, .inputTokens:
      if usageDepth > 0, depth == usageDepth { promptTokens = value }
    case .completionTokens, .outputTokens:
      if usageDepth > 0, depth == usageDepth { completionTokens = value }
    case .promptEvalCount, .evalCount, .usage: break
    }
  }

  private mutating func resynchronise() {
    state = .outside
    depth = 0
    usageDepth = 0
  }

  private static func endsText(_ octet: UInt8) -> Bool {
    octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") || octet == UInt8(ascii: "\n")
  }

  private static func isSpace(_ octet: UInt8) -> Bool {
    octet == 0x20 || octet == 0x09 || octet == 0x0a || octet == 0x0d
  }
}
