import WireFormat

/// What a flow that is nothing of ours still tells of itself, so that it can be judged again when the rules change: a hash
/// of its name, of 32 bits and under the engine's seed. The name itself is forgotten.
///
/// Hashes of two names agree by chance once in 2³² pairs. That is why only names that are new to the rules are looked for,
/// and only so many; see ``RuleChange``.
struct ToldName: Equatable {
  /// Of the whole name; below two one of the words below.
  var whole: UInt32
  /// Of the name without its first label; zero where that is no host name. Kept of TCP flows only.
  var parent: UInt32 = 0

  /// The flow told no name: what was inferred for it may be inferred anew.
  static let nothing = ToldName(whole: 0)
  /// What it told is not kept, or cannot be metered: it is not judged again.
  static let unkept = ToldName(whole: 1)

  private init(whole: UInt32) { self.whole = whole }

  /// - Parameter name: as on the wire; a dot at its end is none of it.
  init(_ name: RawSpan, seed: UInt64) {
    let octetCount = name.byteCount - (name.octet(at: name.byteCount - 1) == Self.dot ? 1 : 0)
    guard octetCount > 0 else {
      self = .unkept
      return
    }
    whole = Self.hash(name.extracting(0..<octetCount), seed: seed)
    var start = 0
    while start < octetCount, name.octet(at: start) != Self.dot { start += 1 }
    // A rule for all of a top-level domain would be none.
    let rest = start + 1
    guard rest < octetCount, (rest..<octetCount).contains(where: { name.octet(at: $0) == Self.dot })
    else { return }
    parent = Self.hash(name.extracting(rest..<octetCount), seed: seed)
  }

  private static let dot = UInt8(ascii: ".")

  private static func hash(_ name: RawSpan, seed: UInt64) -> UInt32 {
    max(2, UInt32(truncatingIfNeeded: name.hash(seed: seed)))
  }
}

extension FlowTable.Entry {
  /// In the `slot` of a recalled flow: it told no name and is asked about again.
  static let askAgain = UInt32.max

  /// Of an ignored flow.
  var toldName: ToldName {
    get {
      var told = ToldName.nothing
      told.whole = slot
      if slot > 1, !flags.contains(.udp) {
        told.parent = UInt32(upstreamBytes) << 16 | UInt32(downstreamBytes)
      }
      return told
    }
    set {
      slot = newValue.whole
      guard newValue.whole > 1, !flags.contains(.udp) else { return }
      upstreamBytes = UInt16(truncatingIfNeeded: newValue.parent >> 16)
      downstreamBytes = UInt16(truncatingIfNeeded: newValue.parent)
    }
  }
}
