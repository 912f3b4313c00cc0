import WireFormat

/// New rules while flows are open: what is metered is judged again at once, what was ignored as far as it can still be
/// told what it is. `docs/decisions/rules-change-under-open-flows.md` says what is kept for that, and why no more.
extension TrafficEngine {
  /// Ends a flow's judgement: it is nothing of ours.
  mutating func ignore(_ index: Int, _ told: ToldName) {
    flows[index].state = .ignored
    flows[index].toldName = told
  }

  /// What is kept of the name in a hello.
  func toldName(_ name: RawSpan, _ sighting: NameSighting, isNamed: Bool) -> ToldName {
    // Behind a real encrypted hello the name is not the destination's.
    if sighting.ech == .real || name.isAddressLiteral { return .unkept }
    return isNamed ? ToldName(name, seed: seed) : .nothing
  }

  /// Judges by changed rules what is known already. Called between packets, once a change.
  package mutating func rejudge(_ change: RuleChange) -> RuleChange.Outcome {
    let search = NameSearch(change, seed: seed)
    let observer = observer
    var fresh: Set<Int32> = []
    names.retag { tag, name in
      if tag >= 0 { return change.tag(for: tag) }
      guard let place = search.whole[name] else { return tag }
      let own = observer.tag(forAnswered: Array(change.newNames[place].text.utf8).octets)
      if own >= 0 { fresh.insert(own) }
      return own
    }
    freshTags = fresh
    var outcome = RuleChange.Outcome()
    for index in 0..<flows.slotCount {
      switch flows[index].state {
      case .empty, .embryonic, .probing, .waiting, .tunnel: break
      case .metered: rejudgeMetered(index, change, &outcome)
      case .ignored: recall(index, change, search, &outcome)
      case .recalled:
        guard flows[index].slot != FlowTable.Entry.askAgain else {
          outcome.askedAgainCount += 1
          break
        }
        let tag = change.tag(for: Int32(bitPattern: flows[index].slot))
        if tag >= 0 {
          outcome.recalledCount += 1
          flows[index].slot = UInt32(bitPattern: tag)
        } else {
          ignore(index, .unkept)
        }
      }
    }
    return outcome
  }

  private mutating func rejudgeMetered(
    _ index: Int, _ change: RuleChange, _ outcome: inout RuleChange.Outcome
  ) {
    let slot = flows[index].slot
    guard let flow = metered[slot] else { return }
    // Of what is metered only to see what it looks like nobody counts which way it goes, unless it becomes ours.
    let wasUnknown = flow.tag < 0
    // One that has ended waits for stragglers alone.
    let isOurs = !wasUnknown && !flows[index].flags.contains(.closing)
    if isOurs { outcome.meteredCount += 1 }
    let interest = observer.rejudged(
      flow, tag: change.tag(for: flow.tag), host: hosts[flow.sighting.client.address], at: now)
    if case .meter(let tag) = interest {
      flow.decide(flow.sighting, tag: tag)
      if wasUnknown, tag >= 0 {
        outcome.recalledCount += 1
        counters.flowsTakenUp &+= 1
        counters.flowsMatched &+= 1
      }
      return
    }
    if isOurs {
      outcome.droppedCount += 1
      counters.flowsDropped &+= 1
    }
    heldBytes &-= flow.countedHeldBytes
    _ = metered.remove(slot)
    ignore(index, .unkept)
  }

  /// Looks whether an ignored flow may be one of ours now.
  private mutating func recall(
    _ index: Int, _ change: RuleChange, _ search: NameSearch, _ outcome: inout RuleChange.Outcome
  ) {
    let told = flows[index].toldName
    if told == .unkept { return }
    guard told != .nothing else {
      flows[index].state = .recalled
      flows[index].slot = FlowTable.Entry.askAgain
      outcome.askedAgainCount += 1
      return
    }
    guard !search.isEmpty, let (place, isWhole) = search.place(of: told) else { return }
    let tag = observer.tag(
      forRecalled: Array(change.newNames[place].text.utf8).octets, isWhole: isWhole,
      source: flows[index].flags.contains(.udp) ? .quic : .tls)
    guard tag >= 0 else { return }
    flows[index].state = .recalled
    flows[index].slot = UInt32(bitPattern: tag)
    outcome.recalledCount += 1
  }

  /// Takes the next segment of a flow that was ignored before the rules changed.
  mutating func takeUp(_ payload: RawSpan, _ segment: TCPSegment, at index: Int) {
    var sighting = midstreamSighting(segment, at: index)
    guard let tag = recalledTag(&sighting, .tls, at: index) else { return }
    let flow = MeteredFlow(midstream: sighting, tag: tag, at: segment.packet.time)
    guard let slot = metered.insert(flow) else {
      counters.probesRefused &+= 1
      return
    }
    flows[index].state = .metered
    flows[index].slot = slot
    if sighting.client == segment.source {
      hosts.note(
        sighting.client.address, mac: segment.packet.mac, at: segment.packet.time)
    }
    meter(payload, segment, flow)
  }

  /// The same of a datagram.
  mutating func takeUp(_ payload: RawSpan, _ datagram: Datagram, at index: Int) {
    var sighting = datagram.unnamedSighting()
    // Who said a hello is the client.
    let isFromOriginator = flows[index].flags.contains(.originatorIsLow) == datagram.sourceIsLow
    if flows[index].knownConnection != 0, isFromOriginator != (sighting.client == datagram.source) {
      (sighting.client, sighting.server) = (sighting.server, sighting.client)
    }
    guard let tag = recalledTag(&sighting, .quic, at: index) else { return }
    begin(sighting, tag, startIsCut: true, payload, datagram, at: index)
  }

  /// Asks about a recalled flow; it is ignored from now on unless there is an answer.
  private mutating func recalledTag(
    _ sighting: inout NameSighting, _ source: NameSighting.Source, at index: Int
  ) -> Int32? {
    let slot = flows[index].slot
    ignore(index, .unkept)
    sighting.tunnel = descent.tunnel
    let interest: FlowInterest
    if slot == FlowTable.Entry.askAgain {
      // Other candidates were weighed when the flow began. What the client has asked for since says nothing of it.
      let all = names.candidates(
        client: sighting.client.address, address: sighting.server.address, isOwnOnly: true,
        at: sighting.time)
      guard all.isEmpty || all.contains(where: { freshTags.contains($0.tag) }) else {
        flows[index].toldName = .nothing
        return nil
      }
      let candidates = all.map {
        freshTags.contains($0.tag) ? $0 : NameCandidate(tag: -1, probability: $0.probability)
      }
      sighting.source = candidates.isEmpty ? .address : .dns
      interest = observer.unnamed(&sighting, candidates: candidates)
      if interest == .ignore { flows[index].toldName = .nothing }
    } else {
      sighting.source = source
      interest = observer.recalled(Int32(bitPattern: slot), sighting)
    }
    guard case .meter(let tag) = interest else { return nil }
    counters.flowsTakenUp &+= 1
    counters.flowsMatched &+= 1
    return tag
  }
}

/// The hashes of names that are ours now and were not.
private struct NameSearch {
  /// Places in ``RuleChange/newNames``.
  private(set) var whole: [UInt32: Int] = [:]
  private var below: [UInt32: Int] = [:]
  private var exceptions: Set<UInt32> = []

  init(_ change: RuleChange, seed: UInt64) {
    for (place, name) in change.newNames.prefix(RuleChange.maximumNewNames).enumerated() {
      let hash = ToldName(Array(name.text.utf8).octets, seed: seed).whole
      whole[hash] = place
      if name.coversBelow { below[hash] = place }
    }
    exceptions = Set(
      change.exceptions.map { ToldName(Array($0.utf8).octets, seed: seed).whole })
  }

  var isEmpty: Bool { whole.isEmpty }

  /// Which of the names a flow told, and whether it is that one or one below it.
  func place(of told: ToldName) -> (place: Int, isWhole: Bool)? {
    if let place = whole[told.whole] { return (place, true) }
    guard told.parent != 0, let place = below[told.parent], !exceptions.contains(told.whole) else {
      return nil
    }
    return (place, false)
  }
}
