import WireFormat

/// Which hosts asked lately for the names that a rule of a shared host needs beside it (``RuleOrigin/needs``).
///
/// A host of many vendors' customers tells nothing by itself; beside a name that only one service uses it does. Names that
/// no rule needs are not looked at further, and the times are nowhere but here.
struct SecondSignals {
  /// Pairs of a host and a name; of more, the older half is forgotten.
  static let capacity = 4_096

  private struct Key: Hashable {
    var client: IPAddress
    var name: Int
  }

  private var names: [String] = []
  private var recent: [Key: Timestamp] = [:]
  private var earlier: [Key: Timestamp] = [:]

  /// Looks for other names from now on.
  mutating func look(for names: [String]) {
    guard names != self.names else { return }
    self = SecondSignals()
    self.names = names
  }

  /// Notes the name when it is one of those looked for; in any case, a dot at its end is none of it.
  mutating func note(_ name: RawSpan, by client: IPAddress, at time: Timestamp) {
    guard !names.isEmpty else { return }
    let hasDot = name.octet(at: name.byteCount - 1) == UInt8(ascii: ".")
    let length = name.byteCount - (hasDot ? 1 : 0)
    guard names.contains(where: { $0.utf8.count == length }) else { return }
    let text = name.lowercasedText(0..<length)
    guard let index = names.firstIndex(of: text) else { return }
    if recent.count >= Self.capacity / 2 {
      earlier = recent
      recent = [:]
    }
    recent[Key(client: client, name: index)] = time
  }

  /// Whether the host asked for the name at most so long before.
  func wasNoted(
    _ name: String, by client: IPAddress, withinSeconds seconds: Int, before time: Timestamp
  ) -> Bool {
    guard let index = names.firstIndex(of: name) else { return false }
    let key = Key(client: client, name: index)
    guard let noted = recent[key] ?? earlier[key] else { return false }
    let (age, overflow) = time.nanoseconds.subtractingReportingOverflow(noted.nanoseconds)
    // Frames may be out of order by a little; a name that came long after was asked for later.
    return !overflow && age >= -1_000_000_000 && age <= Int64(seconds) * 1_000_000_000
  }
}
