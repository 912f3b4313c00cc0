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
/// Two tables, of 16,384 and 4,096 places of 8 octets; when a bucket of four is full the oldest entry leaves (policy
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

  /// The key's upper 40 bits and the lower 24 of the seconds since 1970, which come again after 194 days. To hit a key by
  /// chance is harder than to guess port and ID.
  private struct Entry {
    private var bits: UInt64 = 0

    private static let timeMask: UInt64 = 0xff_ffff

    init() {}

    init(key: UInt64, seconds: UInt32) {
      bits = key & ~Self.timeMask | UInt64(seconds) & Self.timeMask
    }

    /// No key is zero.
    var isEmpty: Bool { bits & ~Self.timeMask == 0 }

    func isOf(_ key: UInt64) -> Bool { (bits ^ key) & ~Self.timeMask == 0 }

    /// Seconds since it was made; negative where its time is a later one.
    func age(at seconds: UInt32) -> Int32 {
      Int32(bitPattern: (seconds &- UInt32(truncatingIfNeeded: bits)) << 8) >> 8
    }
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

  /// Where a question stands, so that it can be asked for ahead.
  struct Place {
    fileprivate var asker: UInt64
    fileprivate var key: UInt64
  }

  func place(of question: Question) -> Place {
    let asker = Self.asker(of: question, seed: seed)
    return Place(asker: asker, key: Self.key(of: question, asker))
  }

  /// Asks for a place that a question will be inserted at, or looked for.
  func prefetch(_ place: Place) {
    askers.prefetch(Self.bucket(place.asker, in: askers).lowerBound)
    outstanding.prefetch(Self.bucket(place.key, in: outstanding).lowerBound)
  }

  /// Remembers that the question of a place was asked.
  mutating func insert(at place: Place, at now: Timestamp) {
    let seconds = Self.seconds(now)
    _ = Self.insert(place.asker, into: &askers, at: seconds, lifetime: .max)
    let isEvicting = Self.insert(
      place.key, into: &outstanding, at: seconds, lifetime: Self.lifetime)
    if isEvicting { evictedCount &+= 1 }
  }

  /// What is known of the question that an answer belongs to.
  func standing(at place: Place, at now: Timestamp) -> Standing {
    guard Self.find(place.asker, in: askers) != nil else { return .unseen }
    guard let asked = Self.find(place.key, in: outstanding) else { return .unasked }
    // Frames of several sources are not quite in order: a question may bear a later time than its answer.
    return asked.age(at: Self.seconds(now)).magnitude <= Self.lifetime ? .asked : .unasked
  }

  private static func find(_ key: UInt64, in entries: ContiguousArray<Entry>) -> Entry? {
    for index in bucket(key, in: entries) where entries[index].isOf(key) { return entries[index] }
    return nil
  }

  /// - Returns: whether an entry left before its time.
  private static func insert(
    _ key: UInt64, into entries: inout ContiguousArray<Entry>, at seconds: UInt32,
    lifetime: UInt32
  ) -> Bool {
    let bucket = bucket(key, in: entries)
    var place = bucket.lowerBound
    var oldest = entries[place].age(at: seconds)
    for index in bucket {
      if entries[index].isOf(key) || entries[index].isEmpty {
        entries[index] = Entry(key: key, seconds: seconds)
        return false
      }
      let age = entries[index].age(at: seconds)
      if age > oldest { (place, oldest) = (index, age) }
    }
    entries[place] = Entry(key: key, seconds: seconds)
    return oldest.magnitude <= lifetime
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

  private static func asker(of question: Question, seed: UInt64) -> UInt64 {
    let (client, server) = (question.client.address, question.server.address)
    let first = FlowKey.mix(
      client.high ^ seed,
      client.low ^ (question.isTunnelled ? ~FlowKey.secret(seed) : FlowKey.secret(seed)))
    let port = UInt64(question.server.port)
    return key(FlowKey.mix(server.high ^ first, server.low ^ port << 48 ^ first >> 7))
  }

  private static func key(of question: Question, _ asker: UInt64) -> UInt64 {
    let numbers = UInt64(question.client.port) << 16 | UInt64(question.identifier)
    return key(FlowKey.mix(question.name ^ asker, numbers ^ 0xbf58_476d_1ce4_e5b9))
  }

  /// A hash as a key: one whose upper bits are not all zero.
  private static func key(_ hash: UInt64) -> UInt64 { hash | UInt64(hash >> 24 == 0 ? 1 << 24 : 0) }
}
