/// Names that were looked up and found to be nothing of ours, so that a name which many flows bear is looked up once.
///
/// They are kept as 64-bit hashes under a seed that senders do not know: two names that share one would be taken for one
/// another, once in 10^19 pairs. A name has one place; who comes later takes it (policy *replace*).
struct PlainNames {
  private static let count = 4_096

  private var hashes = ContiguousArray<UInt64>(repeating: 0, count: count)

  /// Whether `hash` is that of a name that was added and whose place nobody has taken.
  func contains(_ hash: UInt64) -> Bool {
    hash != 0 && hashes[Self.place(of: hash)] == hash
  }

  mutating func add(_ hash: UInt64) {
    hashes[Self.place(of: hash)] = hash
  }

  private static func place(of hash: UInt64) -> Int { Int(hash % UInt64(count)) }

  /// Forgets all, because the rules have changed.
  mutating func removeAll() {
    for index in hashes.indices { hashes[index] = 0 }
  }
}
