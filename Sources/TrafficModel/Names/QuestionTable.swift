import WireFormat

/// DNS questions that wait for their answer, and who has asked whom.
///
/// Anybody can send a datagram from port 53: an answer is believed only by its question. That is known by client, server,
/// client's port, ID and the first name asked for (RFC 5452, section 9.1), for 30 seconds. An answer may come twice, as
/// captures have packets twice; its question stays until it expires.
///
/// A capture may begin between a question and its answer, or have one direction only. Who has asked whom, at any time, says
/// whether a question would have been seen.
///
/// Two tables, of 16,384 and 4,096 places of 16 octets; when a bucket of four is full the oldest entry leaves (policy
/// *evict-oldest-nearby*).
struct QuestionTable {
  /// What is known of the question that an answer belongs to.
  enum Standing: Equatable {
    /// It was seen.
    case asked
    /// Nothing that this client asked this server was seen: its questions may not be captured.
    case unseen
    /// The client's questions to this server are seen, and this was none of them.
    case unasked
  }

  /// A question, or the one that an answer belongs to.
  struct Question {
    var client: Endpoint
    var server: Endpoint
    var identifier: UInt16
    /// A hash of the first name asked for.
    var name: UInt64
    /// Anybody can send what comes in a tunnel: what is inside answers nothing outside.
    var isTunnelled: Bool
  }

  private struct Entry {
    /// Zero is empty.
    var key: UInt64 = 0
    /// Seconds since 1970, saturated.
    var time: UInt32 = 0
  }

  /// Longer than any resolver or client waits (seconds).
  static let lifetime: UInt32 = 30

  private var outstanding: ContiguousArray<Entry>
  private var askers: ContiguousArray<Entry>
  private let seed: UInt64
  /// Questions that left before their time.
  private(set) var evictedCount = 0

  /// - Parameter slots: a power of two, at least sixteen.
  init(slots: Int = 1 << 14, seed: UInt64) {
    outstanding = ContiguousArray(repeating: Entry(), count: slots)
    askers = ContiguousArray(repeating: Entry(), count: slots / 4)
    self.seed = seed
  }

  /// Remembers that it was asked.
  mutating func insert(_ question: Question, at now: Timestamp) {
    let seconds = Self.seconds(now)
    let asker = asker(of: question)
    _ = Self.insert(asker, into: &askers, at: seconds, lifetime: .max)
    let isEvicting = Self.insert(
      key(of: question, asker), into: &outstanding, at: seconds, lifetime: Self.lifetime)
    if isEvicting { evictedCount &+= 1 }
  }

  /// What is known of an answer's question.
  func standing(of answered: Question, at now: Timestamp) -> Standing {
    let asker = asker(of: answered)
    guard Self.find(asker, in: askers) != nil else { return .unseen }
    guard let asked = Self.find(key(of: answered, asker), in: outstanding) else { return .unasked }
    return Self.isLive(asked, at: Self.seconds(now), lifetime: Self.lifetime) ? .asked : .unasked
  }

  private static func find(_ key: UInt64, in entries: ContiguousArray<Entry>) -> Entry? {
    for index in bucket(key, in: entries) where entries[index].key == key { return entries[index] }
    return nil
  }

  /// - Returns: whether an entry left before its time.
  private static func insert(
    _ key: UInt64, into entries: inout ContiguousArray<Entry>, at seconds: UInt32,
    lifetime: UInt32
  ) -> Bool {
    let bucket = bucket(key, in: entries)
    var place = bucket.lowerBound
    for index in bucket {
      if entries[index].key == key || entries[index].key == 0 {
        place = index
        break
      }
      if entries[index].time < entries[place].time { place = index }
    }
    let former = entries[place]
    entries[place] = Entry(key: key, time: seconds)
    return former.key != 0 && former.key != key
      && isLive(former, at: seconds, lifetime: lifetime)
  }

  /// Frames of several sources are not quite in order: a question may bear a later time than its answer.
  private static func isLive(_ entry: Entry, at seconds: UInt32, lifetime: UInt32) -> Bool {
    max(seconds, entry.time) - min(seconds, entry.time) <= lifetime
  }

  private static func seconds(_ now: Timestamp) -> UInt32 {
    UInt32(clamping: now.nanoseconds / 1_000_000_000)
  }

  private static func bucket(
    _ key: UInt64, in entries: ContiguousArray<Entry>
  ) -> Range<Int> {
    let start = Int(truncatingIfNeeded: key) & (entries.count - 1) & ~3
    return start..<start + 4
  }

  private func asker(of question: Question) -> UInt64 {
    let (client, server) = (question.client.address, question.server.address)
    let first = FlowKey.mix(
      client.high ^ seed, client.low ^ (question.isTunnelled ? 0x9e37_79b9_7f4a_7c15 : 0))
    let port = UInt64(question.server.port)
    return max(1, FlowKey.mix(server.high ^ first, server.low ^ port << 48 ^ first >> 7))
  }

  private func key(of question: Question, _ asker: UInt64) -> UInt64 {
    let numbers = UInt64(question.client.port) << 16 | UInt64(question.identifier)
    return max(1, FlowKey.mix(question.name ^ asker, numbers ^ 0xbf58_476d_1ce4_e5b9))
  }
}
