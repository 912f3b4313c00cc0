internal import GRDB
package import WireFormat

/// A name that looks like AI and that no rule knows, with all that hosts exchanged with it on one day (UTC).
///
/// Nothing of it is about one host, and nothing tells when something was said: times are those of the hour.
package struct UnknownName: Sendable, Equatable {
  /// Its last three labels, a dot before them where more stood there.
  package var name: String
  /// Which sign it bears.
  package var sign: String
  /// The sign by itself says little.
  package var isWeak: Bool
  /// Days since 1970.
  package var day: Int
  package var flowCount = 0
  /// Hosts, as many as were told apart on one day; more may have been.
  package var hostCount = 0
  /// IP octets on the wire.
  package var wireBytesUp = 0
  package var wireBytesDown = 0
  /// Requests with an answer, and how many of these came in small records over some time, as a model writes.
  package var turnCount = 0
  package var streamedTurnCount = 0
  /// Whole hours.
  package var firstSeen: Timestamp
  package var lastSeen: Timestamp

  package init(
    name: String, sign: String, isWeak: Bool, day: Int, firstSeen: Timestamp, lastSeen: Timestamp
  ) {
    self.name = name
    self.sign = sign
    self.isWeak = isWeak
    self.day = day
    self.firstSeen = Self.hour(firstSeen)
    self.lastSeen = Self.hour(lastSeen)
  }

  /// Whether its traffic looks like a model's: at least two answers were streamed.
  package var hasShapeOfModel: Bool { streamedTurnCount >= 2 }

  /// This and another entry of the name as one: counts added, hosts the most of one day.
  package func merged(with other: Self) -> Self {
    var sum = self
    sum.day = max(day, other.day)
    sum.flowCount.addSaturating(other.flowCount)
    sum.hostCount = max(hostCount, other.hostCount)
    sum.wireBytesUp.addSaturating(other.wireBytesUp)
    sum.wireBytesDown.addSaturating(other.wireBytesDown)
    sum.turnCount.addSaturating(other.turnCount)
    sum.streamedTurnCount.addSaturating(other.streamedTurnCount)
    sum.firstSeen = min(firstSeen, other.firstSeen)
    sum.lastSeen = max(lastSeen, other.lastSeen)
    return sum
  }

  /// The day of a time.
  package static func day(of time: Timestamp) -> Int {
    Int(time.nanoseconds / dayLength)
  }

  /// Nanoseconds.
  fileprivate static let dayLength: Int64 = 86_400_000_000_000

  private static func hour(_ time: Timestamp) -> Timestamp {
    let length: Int64 = 3_600_000_000_000
    return Timestamp(nanoseconds: time.nanoseconds / length * length)
  }
}

/// An ``UnknownName`` as the `unknownName` table holds it.
struct UnknownNameRow: Codable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "unknownName"

  var day: Int
  var name, sign: String
  var isWeak: Bool
  var source, run: Int64
  var flowCount, hostCount, wireBytesUp, wireBytesDown, turnCount, streamedTurnCount: Int
  var firstSeen, lastSeen: Int64

  init(_ unknown: UnknownName, source: SourceID, run: RunID) {
    (day, name, sign, isWeak) = (unknown.day, unknown.name, unknown.sign, unknown.isWeak)
    (self.source, self.run) = (source.value, run.value)
    (flowCount, hostCount) = (unknown.flowCount, unknown.hostCount)
    (wireBytesUp, wireBytesDown) = (unknown.wireBytesUp, unknown.wireBytesDown)
    (turnCount, streamedTurnCount) = (unknown.turnCount, unknown.streamedTurnCount)
    (firstSeen, lastSeen) = (unknown.firstSeen.nanoseconds, unknown.lastSeen.nanoseconds)
  }

  var unknown: UnknownName {
    var unknown = UnknownName(
      name: name, sign: sign, isWeak: isWeak, day: day,
      firstSeen: Timestamp(nanoseconds: firstSeen), lastSeen: Timestamp(nanoseconds: lastSeen))
    (unknown.flowCount, unknown.hostCount) = (flowCount, hostCount)
    (unknown.wireBytesUp, unknown.wireBytesDown) = (wireBytesUp, wireBytesDown)
    (unknown.turnCount, unknown.streamedTurnCount) = (turnCount, streamedTurnCount)
    return unknown
  }
}

extension RecordStore {
  /// Names that look like AI that are kept of a source and day.
  package static let maximumUnknownNames = 4_096

  /// What the ``CaptureSummary/counters`` call names that found no place: a name counts once a window.
  package static let lostUnknownNames = "unknown_names_lost"

  /// Adds to what is known of names that no rule knows.
  ///
  /// What other runs wrote about the source on one of these days is deleted; what this run wrote is added to.
  ///
  /// Of a source and day ``maximumUnknownNames`` are kept: whoever asks for names without end fills no disk.
  ///
  /// - Returns: how many names found no place.
  package func write(
    _ names: [UnknownName], of source: SourceID, by run: RunID
  ) throws(RecordStoreError) -> Int {
    try write { db in
      var lost = 0
      var counts: [Int: Int] = [:]
      for day in Set(names.map(\.day)) {
        try db.execute(
          sql: "DELETE FROM unknownName WHERE source = ? AND run <> ? AND day = ?",
          arguments: [source.value, run.value, day])
        counts[day] = try Int.fetchOne(
          db, sql: "SELECT count(*) FROM unknownName WHERE day = ? AND source = ?",
          arguments: [day, source.value])
      }
      for name in names {
        let written = try UnknownNameRow.fetchOne(
          db, sql: "SELECT * FROM unknownName WHERE day = ? AND name = ? AND source = ?",
          arguments: [name.day, name.name, source.value])
        if written == nil {
          guard counts[name.day, default: 0] < Self.maximumUnknownNames else {
            lost += 1
            continue
          }
          counts[name.day, default: 0] += 1
        }
        let sum = written?.unknown.merged(with: name) ?? name
        try UnknownNameRow(sum, source: source, run: run).insert(db, onConflict: .replace)
      }
      return lost
    }
  }

  /// Deletes what is older than it may be kept.
  ///
  /// A capture may state any time, so its times say only what of its own goes; what other runs wrote of others is as old as the
  /// calendar says.
  ///
  /// - Parameters:
  ///   - lastDay: of the source's rows those of this day and earlier ones go.
  ///   - lastDayOfOthers: the same of all other sources', but for those that `run` wrote.
  package func deleteUnknownNames(
    of source: SourceID, by run: RunID, upTo lastDay: Int, ofOthersUpTo lastDayOfOthers: Int
  ) throws(RecordStoreError) {
    try write { db in
      try db.execute(
        sql: """
          DELETE FROM unknownName
          WHERE (source = ? AND day <= ?) OR (source <> ? AND run <> ? AND day <= ?)
          """,
        arguments: [source.value, lastDay, source.value, run.value, lastDayOfOthers])
    }
  }

  /// The names seen on days that the times touch, days and sources added up, by name.
  package func unknownNames(
    since: Timestamp?, until: Timestamp?
  ) throws(RecordStoreError) -> [UnknownName] {
    try read { db in
      let rows = try UnknownNameRow.fetchAll(
        db, sql: "SELECT * FROM unknownName WHERE day >= ? AND day <= ? ORDER BY name, day",
        arguments: [
          since.map(UnknownName.day) ?? .min, until.map(UnknownName.day) ?? .max,
        ])
      var merged: [UnknownName] = []
      for row in rows.map(\.unknown) {
        if let last = merged.last, last.name == row.name {
          merged[merged.count - 1] = last.merged(with: row)
        } else {
          merged.append(row)
        }
      }
      return merged
    }
  }

  /// How many names found no place in windows of the days that the times touch; a name counts in each window.
  package func lostUnknownNameCount(
    since: Timestamp?, until: Timestamp?
  ) throws(RecordStoreError) -> Int {
    func start(_ time: Timestamp) -> Timestamp {
      time.advanced(byNanoseconds: -(time.nanoseconds % UnknownName.dayLength))
    }
    let end = until.map { start($0).advanced(byNanoseconds: UnknownName.dayLength) }
    return try summaries(since: since.map(start), until: end).reduce(into: 0) {
      $0.addSaturating($1.counters[Self.lostUnknownNames, default: 0])
    }
  }
}
