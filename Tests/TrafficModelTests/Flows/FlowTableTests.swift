import Testing

@testable import TrafficModel

@Suite("The flow table")
struct FlowTableTests {
  static func key(_ number: Int) -> FlowKey {
    FlowKey(a: UInt64(number) << 32 | 7, b: UInt64(number & 3))
  }

  @Test("inserts, finds and removals agree with a dictionary's", arguments: [1, 77, 0xdead_beef])
  func agreesWithADictionary(seed: UInt64) {
    var table = FlowTable(maximumSlots: 65_536, seed: seed)
    var model: [Int: UInt32] = [:]
    var generator = Generator(state: seed)
    for round in 0..<40_000 {
      // Few enough numbers that most are met again; for a while more come than go, then fewer.
      let number = generator.below(3_000)
      let (index, isFound) = table.find(Self.key(number))
      let isKnown = model[number] != nil
      guard isFound == isKnown, !isFound || table[index].slot == model[number] else {
        Issue.record("round \(round): \(number) is \(isKnown ? "lost" : "there")")
        return
      }
      if isFound, generator.below(100) < (round < 20_000 ? 20 : 80) {
        table.remove(at: index)
        model[number] = nil
      } else if !isFound {
        let value = UInt32(round)
        let new = table.insert(Self.key(number), at: 0).index
        table[new].slot = value
        model[number] = value
      }
    }
    #expect(table.count == model.count)
    let wrong = model.contains { number, value in
      let (index, isFound) = table.find(Self.key(number))
      return !isFound || table[index].slot != value
    }
    #expect(!wrong)
    #expect(table.evictedCount == 0)
  }

  @Test("it grows by doubling and keeps every flow")
  func grows() {
    var table = FlowTable(maximumSlots: 65_536, seed: 5)
    #expect(table.slotCount == 16_384)
    for number in 0..<40_000 { _ = table.insert(Self.key(number), at: 0) }
    #expect(table.slotCount == 65_536)
    #expect(table.count == 40_000)
    let lost = (0..<40_000).contains { !table.find(Self.key($0)).found }
    #expect(!lost)
  }

  @Test("when it is full the least recently seen nearby leaves")
  func evictsTheOldest() {
    var table = FlowTable(maximumSlots: 1_024, seed: 5)
    for number in 0..<768 { _ = table.insert(Self.key(number), at: UInt32(number)) }
    var ages: [UInt32] = []
    for number in 768..<1_768 {
      let evicted = table.insert(Self.key(number), at: UInt32(number)).evicted
      if let evicted { ages.append(UInt32(number) - evicted.lastSeen) }
      #expect(table.find(Self.key(number)).found)
    }
    #expect(table.count == 768)
    #expect(ages.count == 1_000 && table.evictedCount == 1_000)
    // By chance alone the mean age would be 384; of sixteen neighbours the oldest is near 768.
    #expect(ages.reduce(0, +) / 1_000 > 600)
  }

  @Test("metered flows are spared while others stand near")
  func sparesMeteredFlows() {
    var table = FlowTable(maximumSlots: 1_024, seed: 5)
    for number in 0..<768 {
      let index = table.insert(Self.key(number), at: number.isMultiple(of: 2) ? 0 : 1_000).index
      table[index].state = number.isMultiple(of: 2) ? .metered : .ignored
    }
    var evictedStates: [FlowTable.State] = []
    for number in 768..<1_000 {
      if let evicted = table.insert(Self.key(number), at: 2_000).evicted {
        evictedStates.append(evicted.state)
      }
    }
    #expect(evictedStates.count == 232)
    #expect(!evictedStates.contains(.metered))
  }

  @Test("where all are metered one of them leaves")
  func evictsMeteredFlows() {
    var table = FlowTable(maximumSlots: 1_024, seed: 5)
    for number in 0..<768 {
      let index = table.insert(Self.key(number), at: 0).index
      table[index].state = .metered
    }
    #expect(table.insert(Self.key(768), at: 1).evicted?.state == .metered)
    #expect(table.count == 768)
  }

  @Test("a sweep takes out what has expired, all of it and nothing else")
  func expires() {
    var table = FlowTable(maximumSlots: 16_384, seed: 9)
    for number in 0..<9_000 { _ = table.insert(Self.key(number), at: UInt32(number % 100)) }
    var steps = table.slotCount
    var expired = 0
    while let entry = table.nextExpired(steps: &steps, at: 100, timeouts: FlowTimeouts()) {
      expired += 1
      #expect(100 - entry.lastSeen > 30)
    }
    // A removal moves entries up, some of them behind the cursor: a second sweep finds those.
    steps = table.slotCount
    while table.nextExpired(steps: &steps, at: 100, timeouts: FlowTimeouts()) != nil {
      expired += 1
    }
    #expect(expired == 9_000 / 100 * 70)
    #expect(table.count == 9_000 - expired)
    let lost = (0..<9_000).contains { $0 % 100 >= 70 && !table.find(Self.key($0)).found }
    #expect(!lost)
  }

  @Test("a sweep looks at as many places as it is told")
  func boundsSweeps() {
    var table = FlowTable(maximumSlots: 1_024, seed: 9)
    for number in 0..<700 { _ = table.insert(Self.key(number), at: 0) }
    var steps = 10
    var expired = 0
    while table.nextExpired(steps: &steps, at: 1_000, timeouts: FlowTimeouts()) != nil {
      expired += 1
    }
    #expect(steps == 0 && expired <= 10)
  }

  @Test(
    "each kind of flow has its time",
    arguments: [
      (FlowTable.State.embryonic, FlowTable.Flags(), 30), (.probing, [], 60),
      (.metered, [], 600), (.metered, .udp, 360), (.ignored, [], 300), (.ignored, .udp, 60),
      (.metered, .closing, 5),
    ] as [(FlowTable.State, FlowTable.Flags, UInt32)])
  func hasTimeouts(state: FlowTable.State, flags: FlowTable.Flags, seconds: UInt32) {
    let entry = FlowTable.Entry(lastSeen: .max - 3, state: state, flags: flags)
    let timeouts = FlowTimeouts()
    #expect(!timeouts.isExpired(entry, at: .max - 3 &+ seconds))
    #expect(timeouts.isExpired(entry, at: .max - 3 &+ seconds &+ 1))
    // A clock that ran backwards.
    #expect(!timeouts.isExpired(entry, at: .max - 100))
  }
}
