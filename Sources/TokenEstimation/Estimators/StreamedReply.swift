import TrafficModel

/// What the known forms of OpenAI's two dialects tell of a streamed reply: its deltas, and the tokens beside them.
///
/// The octets of events that ``PaddedChat`` and ``ResponseStream`` hold are those of recordings of 2025 and 2026; the same
/// stand in `scripts/profile_fitting/replies.py`, which fits the intervals.
struct StreamedReply: Equatable {
  /// Events that bear text or arguments.
  var deltas: Double
  /// Tokens that no delta bears: names and markup of calls, ends that are counted and not sent.
  var more: Double
  /// Every event was told apart, or counted on the lattice.
  var isSure: Bool
  var isText = true

  var tokens: Double { max(1, deltas + more) }

  /// Fewer deltas are told by their octets no worse than by a lattice.
  private static let short = 30.0
  /// How far the two counts may be from each other.
  private static let agreeing = 0.1
  /// Events on the lattice that are no deltas of a text: the role and the end, or the item and the part.
  private static let openingEvents = 2.0

  /// The reply with its deltas counted on the lattice, where that is the better count.
  func refined(by lattice: LatticeDetector.Lattice?, form: Profile.ReplyForm) -> StreamedReply {
    guard let lattice, lattice.isTrusted else { return self }
    var refined = self
    refined.isSure = true
    refined.deltas = max(0, lattice.events - (isText ? Self.openingEvents : 0))
    let isBetter =
      switch form {
      case .chat: isText && !isSure
      case .responses:
        deltas >= Self.short && (refined.deltas / deltas - 1).magnitude <= Self.agreeing
      }
    return isBetter ? refined : self
  }
}

extension RecordSizes {
  /// Octets of the one chunk (RFC 9112, section 7.1) or DATA frame (RFC 9113, section 6.1) that a record holds.
  private func chunkContent(_ size: UInt16) -> Int {
    let size = Int(size)
    guard framing == Self.chunkFraming else { return max(0, size - framing) }
    var digits = 1
    var most = 15
    while digits <= 4 {
      let content = size - 4 - digits
      if content >= 0, content <= most, content > most / 16 || digits == 1 { return content }
      digits += 1
      most = most * 16 + 15
    }
    return max(0, size - framing)
  }

  /// Contents of the records in order, beginnings of cut flushes put to what follows, empty ones left out.
  func pieces() -> [Int] {
    var pieces: [Int] = []
    pieces.reserveCapacity(records.count)
    var carried = 0
    for size in records {
      let content = chunkContent(size)
      guard content > 0 else { continue }
      if content > Self.bearingMargin, Double(content) <= Self.cutLimit {
        carried += content
      } else {
        pieces.append(content + carried)
        carried = 0
      }
    }
    return pieces
  }
}
