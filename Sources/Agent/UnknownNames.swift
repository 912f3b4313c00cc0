import ProviderRules
import RecordStore
import TrafficModel
import WireFormat

/// Names that look like AI and that no rule knows, with what was exchanged with them since the last call of
/// ``take()``.
///
/// It has a place for so many names; when all are taken, the one that was seen longest ago leaves, with its counts kept to be
/// taken (policy *evict-oldest*). Hosts are told apart by their addresses for the day, in memory alone.
struct UnknownNames {
  fileprivate struct Entry {
    var unknown: UnknownName
    /// Of the day, at most so many as ``maximumHosts``.
    var hosts: Set<IPAddress> = []
    /// Tells a name from those that had its place before.
    var generation: Int32
    var lastSeen: Timestamp
    var isFresh = true
  }

  static let capacity = 1_024
  static let maximumHosts = 256

  private var entries: [Entry] = []
  private var places: [String: Int] = [:]
  /// Counts of names that had to leave.
  private var left: [UnknownName] = []
  private(set) var evictedCount = 0
  /// Names that had to leave and whose counts found no place.
  private(set) var lostCount = 0

  /// Tags below this are places here.
  private static let firstTag: Int32 = -2

  static func isTag(_ tag: Int32) -> Bool { tag <= firstTag }

  /// Notes a flow to a name.
  ///
  /// - Parameter name: as it is to be kept, lower case; with a dot before it where it has lost labels.
  /// - Returns: the tag by which the flow's figures are told.
  mutating func begin(
    _ name: String, _ sign: SignSet.Sign, client: IPAddress, at time: Timestamp
  ) -> Int32 {
    let place = places[name] ?? makePlace(name, sign, at: time)
    note(place, at: time) { entry in
      entry.unknown.flowCount += 1
      if entry.hosts.count < Self.maximumHosts { entry.hosts.insert(client) }
      entry.unknown.hostCount = entry.hosts.count
    }
    return Self.firstTag - (entries[place].generation << 10 | Int32(place))
  }

  /// Adds to the name of a flow; what is told of a name that has left is dropped.
  mutating func add(_ figures: MeteredFlow.Figures, tag: Int32, at time: Timestamp) {
    update(tag, at: time) {
      $0.unknown.wireBytesUp.addSaturating(figures.wireBytesUp)
      $0.unknown.wireBytesDown.addSaturating(figures.wireBytesDown)
    }
  }

  mutating func add(_ turn: Turn, tag: Int32) {
    update(tag, at: turn.end) {
      $0.unknown.turnCount += 1
      if turn.isStreamed { $0.unknown.streamedTurnCount += 1 }
    }
  }

  /// The name of a flow, as it is kept.
  func name(of tag: Int32) -> String? { place(of: tag).map { entries[$0].unknown.name } }

  /// What was added since the last call.
  mutating func take() -> [UnknownName] {
    var taken = left
    left = []
    for place in entries.indices where entries[place].isFresh {
      taken.append(entries[place].unknown)
      entries[place].reset()
    }
    return taken
  }

  /// Whether something was added since the last call of ``take()``.
  var hasFresh: Bool { !left.isEmpty || entries.contains(where: \.isFresh) }

  private mutating func update(_ tag: Int32, at time: Timestamp, _ change: (inout Entry) -> Void) {
    guard let place = place(of: tag) else { return }
    note(place, at: time, change)
  }

  private func place(of tag: Int32) -> Int? {
    guard Self.isTag(tag) else { return nil }
    let number = Self.firstTag - tag
    let place = Int(number & 1_023)
    guard entries.indices.contains(place), entries[place].generation == number >> 10,
      places[entries[place].unknown.name] == place
    else { return nil }
    return place
  }

  private mutating func note(
    _ place: Int, at time: Timestamp, _ change: (inout Entry) -> Void
  ) {
    if UnknownName.day(of: time) != entries[place].unknown.day {
      if entries[place].isFresh { keep(entries[place].unknown) }
      entries[place].reset(day: UnknownName.day(of: time), at: time)
    }
    let moment = UnknownName(
      name: "", sign: "", isWeak: false, day: 0, firstSeen: time, lastSeen: time)
    if !entries[place].isFresh { entries[place].unknown.firstSeen = moment.firstSeen }
    entries[place].isFresh = true
    entries[place].lastSeen = max(entries[place].lastSeen, time)
    entries[place].unknown.firstSeen = min(entries[place].unknown.firstSeen, moment.firstSeen)
    entries[place].unknown.lastSeen = max(entries[place].unknown.lastSeen, moment.lastSeen)
    change(&entries[place])
  }

  private mutating func makePlace(
    _ name: String, _ sign: SignSet.Sign, at time: Timestamp
  ) -> Int {
    let unknown = UnknownName(
      name: name, sign: sign.text, isWeak: sign.isWeak, day: UnknownName.day(of: time),
      firstSeen: time, lastSeen: time)
    guard entries.count >= Self.capacity else {
      entries.append(Entry(unknown: unknown, generation: 0, lastSeen: time))
      places[name] = entries.count - 1
      return entries.count - 1
    }
    let oldest = entries.indices.min { entries[$0].lastSeen < entries[$1].lastSeen } ?? 0
    if places[entries[oldest].unknown.name] == oldest {
      evictedCount += 1
      if entries[oldest].isFresh { keep(entries[oldest].unknown) }
      places[entries[oldest].unknown.name] = nil
    }
    entries[oldest] = Entry(
      unknown: unknown, generation: (entries[oldest].generation + 1) & 0xf_ffff, lastSeen: time)
    places[name] = oldest
    return oldest
  }

  private mutating func keep(_ unknown: UnknownName) {
    if left.count < Self.capacity {
      left.append(unknown)
    } else {
      lostCount += 1
    }
  }
}

extension UnknownNames.Entry {
  fileprivate mutating func reset() {
    (unknown.flowCount, unknown.turnCount, unknown.streamedTurnCount) = (0, 0, 0)
    (unknown.wireBytesUp, unknown.wireBytesDown) = (0, 0)
    isFresh = false
  }

  fileprivate mutating func reset(day: Int, at time: Timestamp) {
    reset()
    hosts = []
    unknown.hostCount = 0
    unknown.day = day
    unknown.firstSeen =
      UnknownName(
        name: "", sign: "", isWeak: false, day: 0, firstSeen: time, lastSeen: time
      ).firstSeen
    unknown.lastSeen = unknown.firstSeen
  }
}
