import WireFormat

extension TrafficEngine {
  /// Addresses that are taken from one message: real answers have a dozen, and no message may fill the
  /// cache.
  static let maximumAddressesPerAnswer = 64
  /// Records read of one message, in all passes together.
  static let maximumRecordsPerAnswer = 128
  /// Octets of a record between its owner and its data: type, class, time to live, length (RFC 1035, section 4.1.3).
  static let recordByteCount = 10
  /// Aliases that are followed from the name asked for; a chain may be put down in any order, so the
  /// answers are read at most this many times.
  static let maximumAliasPasses = 4

  /// Remembers the addresses that an answer gives for the name that was asked for: those of the name and of
  /// the names to which it is an alias (RFC 1034, section 3.6.2), and the hints of HTTPS and SVCB records
  /// (RFC 9460, section 7.3). A DNAME record comes with the CNAME that follows from it (RFC 6672,
  /// section 3.1).
  mutating func remember(
    _ message: inout DNSMessage, asked: DNSName, client: IPAddress, isForAll: Bool,
    at time: Timestamp
  ) throws(WireError) {
    let hash = asked.bytes.hash(seed: seed)
    let answer = Answer(
      client: client, name: hash, tag: observer.tag(forAnswered: asked.bytes),
      isForAll: isForAll && mayTellOthers(client), time: time)
    var chain = AliasChain(from: hash)
    var left = (addresses: Self.maximumAddressesPerAnswer, records: Self.maximumRecordsPerAnswer)
    // The first question's name stands behind the header.
    var hashes = NameHashes(seed: seed, of: hash, at: DNSHeader.byteCount)
    defer {
      counters.dnsOctetsHashed &+= hashes.octetCount
      if left.addresses == 0 || left.records == 0 || hashes.isExhausted {
        counters.dnsMessagesCut &+= 1
      }
    }
    let beginning = message
    for pass in 1...Self.maximumAliasPasses {
      var reading = beginning
      let isGrown = try read(
        &reading, &chain, &hashes, isFirst: pass == 1, &left, answer)
      guard isGrown, left.addresses > 0, left.records > 0, !hashes.isExhausted else { return }
    }
  }

  /// Asks for the places in which ``rememberDigest(name:client:isForAll:at:)`` will put what the message says.
  func prefetchAnswer(name: UInt64, client: IPAddress) {
    guard digest.addressCount > 0 else { return }
    announcements.prefetch(.destination(name: name), client: client)
    for index in 0..<digest.addressCount {
      names.prefetch(client: client, address: digest.address(index).address)
    }
  }

  /// Remembers the addresses of the message in ``digest``.
  ///
  /// - Parameter name: a hash of the name asked for.
  mutating func rememberDigest(
    name: UInt64, client: IPAddress, isForAll: Bool, at time: Timestamp
  ) {
    let answer = Answer(
      client: client, name: name, tag: observer.tag(forAnswered: digest.name),
      isForAll: isForAll && mayTellOthers(client), time: time)
    guard digest.addressCount > 0 else { return }
    var lifetime: UInt32 = 0
    for index in 0..<digest.addressCount {
      let address = digest.address(index)
      lifetime = max(lifetime, address.timeToLive)
      remember(address.address, timeToLive: address.timeToLive, answer)
    }
    announce(answer, lifetime)
  }

  private func mayTellOthers(_ client: IPAddress) -> Bool {
    observer.mayTellOthers(client, mac: hosts.policyMAC(of: client))
  }

  /// - Returns: whether records were passed over that the chain has led to since.
  private mutating func read(
    _ message: inout DNSMessage, _ chain: inout AliasChain, _ hashes: inout NameHashes,
    isFirst: Bool,
    _ left: inout (addresses: Int, records: Int),
    _ answer: Answer
  ) throws(WireError) -> Bool {
    var owner = DNSName()
    var target = DNSName()
    var hasPassedOver = false
    let count = chain.count
    var lifetime: UInt32?
    // Where the record before ended: there the owner's name begins.
    var end: Int?
    while left.addresses > 0, left.records > 0, !hashes.isExhausted,
      let record = try message.nextRecord(into: &owner), record.section == .answer
    {
      left.records -= 1
      let start = end ?? record.data.lowerBound
      let written = start..<max(start, record.data.lowerBound - Self.recordByteCount)
      end = record.data.upperBound
      let place = chain.position(of: hashes.hash(owner.bytes, written: message.octets(written)))
      guard let place else {
        hasPassedOver = true
        continue
      }
      // What an earlier pass has taken is not taken again.
      guard isFirst || place >= chain.settledCount else { continue }
      if let address = record.address {
        left.addresses -= 1
        lifetime = max(lifetime ?? 0, record.timeToLive)
        remember(address, timeToLive: record.timeToLive, answer)
      } else if record.type == .cname {
        try message.readName(of: record, into: &target)
        chain.append(hashes.hash(target.bytes, written: message.octets(record.data)))
      } else if record.type == .https || record.type == .svcb {
        lifetime = max(lifetime ?? 0, record.timeToLive)
        rememberBinding(message, record, &left.addresses, answer)
      }
    }
    chain.settledCount = count
    if let lifetime { announce(answer, lifetime) }
    return hasPassedOver && chain.count > count
  }

  private mutating func rememberBinding(
    _ message: borrowing DNSMessage, _ record: DNSRecord, _ left: inout Int, _ answer: Answer
  ) {
    guard let binding = try? message.serviceBinding(of: record) else { return }
    if binding.hasEncryptedClientHello { rememberConfigs(message, binding, record, answer) }
    var index = 0
    while left > 0, let address = message.ipv4Hint(index, of: binding) {
      remember(address, timeToLive: record.timeToLive, answer)
      (index, left) = (index + 1, left - 1)
    }
    index = 0
    while left > 0, let address = message.ipv6Hint(index, of: binding) {
      remember(address, timeToLive: record.timeToLive, answer)
      (index, left) = (index + 1, left - 1)
    }
  }

  /// Remembers the public names that hellos to a server will bear (RFC 9848).
  private mutating func rememberConfigs(
    _ message: borrowing DNSMessage, _ binding: DNSServiceBinding, _ record: DNSRecord,
    _ answer: Answer
  ) {
    guard var configs = try? message.echConfigs(of: binding) else { return }
    for _ in 0..<AnnouncementTable.maximumConfigs {
      guard let next = try? configs.next() else { return }
      let hash = Self.hash(of: message.octets(next.publicName), seed: seed)
      announcements.insert(
        .publicName(hash, configID: next.configID), client: answer.client,
        ttl: record.timeToLive, isForAll: answer.isForAll, at: answer.time)
    }
  }

  /// Notes that the name asked for has addresses: somebody goes there by it.
  ///
  /// - Parameter lifetime: of the record that lives longest, in seconds.
  private mutating func announce(_ answer: Answer, _ lifetime: UInt32) {
    announcements.insert(
      .destination(name: answer.name), client: answer.client, ttl: lifetime,
      isForAll: answer.isForAll, at: answer.time)
  }

  private mutating func remember(
    _ address: IPAddress, timeToLive: UInt32, _ answer: Answer
  ) {
    names.insert(
      client: answer.client, address: address, name: answer.name, tag: answer.tag,
      ttl: timeToLive, isForAll: answer.isForAll, at: answer.time)
  }
}

/// To whom an answer was given, and about what.
private struct Answer {
  var client: IPAddress
  /// A hash of the name asked for.
  var name: UInt64
  var tag: NameCache.Tag
  /// Whether it tells other clients' flows as well.
  var isForAll: Bool
  var time: Timestamp
}

/// The names of a chain of aliases, as hashes; the first is the one asked for.
private struct AliasChain {
  private var hashes = InlineArray<16, UInt64>(repeating: 0)
  private(set) var count = 1
  /// Names whose records have been read in full.
  var settledCount = 0

  init(from hash: UInt64) { hashes[0] = hash }

  func position(of hash: UInt64) -> Int? {
    for index in 0..<count where hashes[index] == hash { return index }
    return nil
  }

  /// Adds a name; past sixteen it is left out, as resolvers do.
  mutating func append(_ hash: UInt64) {
    guard count < hashes.count, position(of: hash) == nil else { return }
    hashes[count] = hash
    count += 1
  }
}
