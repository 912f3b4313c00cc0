import WireFormat

/// Which protocol a message with DNS's layout belongs to, by its port.
enum NamingProtocol {
  /// Asked of a resolver: RFC 1035, on port 53 or where its structure shows it.
  case dns
  /// Said to all on the link: RFC 6762, port 5353.
  case multicastDNS
  /// Asked of all on the link: RFC 4795, port 5355.
  case linkLocal
  /// NetBIOS name service: RFC 1002, port 137.
  case netBIOS

  /// nil when neither port is of these.
  @inline(__always)
  init?(_ source: UInt16, _ destination: UInt16) {
    switch (source, destination) {
    case (53, _), (_, 53): self = .dns
    case (5353, _), (_, 5353): self = .multicastDNS
    case (5355, _), (_, 5355): self = .linkLocal
    case (137, _), (_, 137): self = .netBIOS
    default: return nil
    }
  }
}

/// A message with DNS's layout, and who sent it to whom.
struct NamingDatagram {
  var kind: NamingProtocol
  var source: Endpoint
  var destination: Endpoint
  /// Octets of the message on the wire; the capture may have fewer.
  var wireCount: Int
  var packet: PacketContext
}

extension TrafficEngine {
  /// Takes a datagram to or from a port of DNS, its relatives or DHCP.
  ///
  /// - Returns: false when the ports are others.
  @inline(__always)
  mutating func isNaming(
    _ payload: RawSpan, _ header: TransportHeader, source: Endpoint, destination: Endpoint,
    _ packet: PacketContext
  ) -> Bool {
    // Two ports above 5355 are neither; the lower one of most flows is 443.
    let lower = min(source.port, destination.port)
    guard lower <= 5355, lower != 443 else { return false }
    return takeNaming(payload, header, source: source, destination: destination, packet)
  }

  @inline(never)
  private mutating func takeNaming(
    _ payload: RawSpan, _ header: TransportHeader, source: Endpoint, destination: Endpoint,
    _ packet: PacketContext
  ) -> Bool {
    if let kind = NamingProtocol(source.port, destination.port) {
      dns(
        payload,
        NamingDatagram(
          kind: kind, source: source, destination: destination, wireCount: header.payloadLength,
          packet: packet))
      return true
    }
    switch (source.port, destination.port) {
    case (67, _), (68, _), (_, 67), (_, 68):
      dhcp(payload, packet)
      return true
    case (546, _), (547, _):
      dhcpv6(payload, isFromClient: source.port == 546, packet)
      return true
    default:
      return false
    }
  }

  /// Reads a DNS message on a port that is not its own, told by its structure.
  ///
  /// - Returns: false when it is none.
  mutating func dnsElsewhere(_ payload: RawSpan, _ datagram: Datagram) -> Bool {
    guard payload.byteCount == datagram.wireCount, DNSMessage.isWhole(payload) else {
      return false
    }
    dns(
      payload,
      NamingDatagram(
        kind: .dns, source: datagram.source, destination: datagram.destination,
        wireCount: datagram.wireCount, packet: datagram.packet))
    return true
  }

  /// Questions told of one message, and records read of one that names its sender: compression makes a
  /// name of 255 octets out of two, so that a message may be far more work than its octets.
  static let maximumQuestions = 64

  /// Reads a DNS message (RFC 1035, section 4.1): its questions are told, its answers remembered as
  /// address → name. What stands before damage or the snaplen's cut counts.
  mutating func dns(_ bytes: RawSpan, _ datagram: NamingDatagram) {
    counters.dnsMessages &+= 1
    let isResponse = bytes.octet(at: 2) ?? 0 >= 0x80
    hosts.prefetch((isResponse ? datagram.destination : datagram.source).address)
    if datagram.kind != .netBIOS, digest.read(bytes), datagram.kind == .dns || !digest.isResponse {
      takeDigest(datagram)
      return
    }
    do throws(WireError) {
      try readDNS(bytes, datagram)
    } catch {
      counters.dnsMalformed &+= 1
    }
  }

  /// Takes the message that was read into ``digest``; it says the same as ``readDNS(_:_:)`` of any message.
  private mutating func takeDigest(_ datagram: NamingDatagram) {
    let isResponse = digest.isResponse
    let (time, tunnel) = (datagram.packet.time, descent.tunnel)
    let client = isResponse ? datagram.destination : datagram.source
    let server = isResponse ? datagram.source : datagram.destination
    let name = digest.name.hash(seed: seed)
    let question = QuestionTable.Question(
      client: client, server: server, identifier: digest.identifier, name: name,
      isTunnelled: tunnel != nil)
    let place = questions.place(of: question)
    questions.prefetch(place)
    if isResponse {
      prefetchAnswer(name: name, client: client.address)
    } else {
      hosts.note(client.address, mac: datagram.packet.mac, at: time)
    }
    observer.asked(digest.name, client: client, server: server, at: time, in: tunnel)
    guard datagram.kind == .dns else { return }
    guard isResponse else {
      questions.insert(at: place, at: time)
      return
    }
    guard digest.responseCode == 0, let isForAll = belief(in: question, at: place, at: time) else {
      return
    }
    rememberDigest(name: name, client: client.address, isForAll: isForAll, at: time)
  }

  private mutating func readDNS(
    _ bytes: RawSpan, _ datagram: NamingDatagram
  ) throws(WireError) {
    var message = try DNSMessage(parsing: bytes)
    let header = message.header
    if datagram.kind == .netBIOS {
      try readNetBIOS(&message, datagram)
      return
    }
    let isResponse = header.isResponse
    let client = isResponse ? datagram.destination : datagram.source
    let server = isResponse ? datagram.source : datagram.destination
    var name = DNSName()
    guard header.isPlausible(messageByteCount: max(datagram.wireCount, bytes.byteCount)) else {
      // Damaged counts do not make a question unreadable; what is no DNS has none of this form.
      if header.questionCount > 0, let question = try message.nextQuestion(into: &name),
        question.isCommon, name.isHostLike
      {
        observer.asked(
          name.bytes, client: client, server: server, at: datagram.packet.time,
          in: descent.tunnel)
      }
      throw .invalid(.dnsCount, offset: 4)
    }
    if !isResponse {
      hosts.note(client.address, mac: datagram.packet.mac, at: datagram.packet.time)
    }
    if header.questionCount > Self.maximumQuestions { counters.dnsMessagesCut &+= 1 }
    var asked = DNSName()
    var isFirst = true
    var left = Self.maximumQuestions
    while left > 0, try message.nextQuestion(into: &name) != nil {
      left -= 1
      observer.asked(
        name.bytes, client: client, server: server, at: datagram.packet.time,
        in: descent.tunnel)
      // An answer belongs to the first question; real servers see no other.
      if isFirst { asked = name }
      isFirst = false
    }
    var question: QuestionTable.Question?
    if datagram.kind == .dns, !isFirst {
      question = QuestionTable.Question(
        client: client, server: server, identifier: header.identifier,
        name: asked.bytes.hash(seed: seed), isTunnelled: descent.tunnel != nil)
    }
    guard isResponse else {
      if let question {
        questions.insert(at: questions.place(of: question), at: datagram.packet.time)
      }
      return
    }
    guard header.responseCode == 0, left > 0 else { return }
    // Multicast answers are said to all and asked by none; they name devices on the LAN.
    guard datagram.kind == .dns else {
      learnOwnName(message, datagram)
      return
    }
    guard let question,
      let isForAll = belief(
        in: question, at: questions.place(of: question), at: datagram.packet.time)
    else { return }
    try remember(
      &message, asked: asked, client: client.address, isForAll: isForAll, at: datagram.packet.time)
  }

  /// Whether an answer is believed of other clients as well; nil where it is not believed at all.
  ///
  /// Anybody can send one. That to a question is believed; one without, only of its client, and only where the client's
  /// questions are not seen at all: the capture may have begun after the question. On a port other than 53 and in a tunnel
  /// both may be anybody's: they are believed of that client only.
  private mutating func belief(
    in question: QuestionTable.Question, at place: QuestionTable.Place, at time: Timestamp
  ) -> Bool? {
    let standing = questions.standing(at: place, at: time)
    if standing == .asked { return question.server.port == 53 && !question.isTunnelled }
    counters.dnsAnswersUnasked &+= 1
    return standing == .unseen && question.server.port == 53 ? false : nil
  }

  /// Tells the names that a NetBIOS name service message asks about (RFC 1002, section 4.2), and learns
  /// from records of names.
  private mutating func readNetBIOS(
    _ message: inout DNSMessage, _ datagram: NamingDatagram
  ) throws(WireError) {
    var name = DNSName()
    let header = message.header
    var left = Self.maximumQuestions
    while left > 0, try message.nextQuestion(into: &name) != nil {
      left -= 1
      let text = try NetBIOSName(decoding: name).description
      // A registration asks nobody for the name: it says it.
      guard header.operationCode == 0 else { continue }
      observer.asked(
        Array(text.utf8).octets,
        client: header.isResponse ? datagram.destination : datagram.source,
        server: header.isResponse ? datagram.source : datagram.destination,
        at: datagram.packet.time, in: descent.tunnel)
    }
    guard header.responseCode == 0 else { return }
    let isOwn: Bool =
      switch header.operationCode {
      case 0: header.isResponse
      // Registration, refresh (both its numbers), from the owner.
      case 5, 8, 9: !header.isResponse
      default: false
      }
    while isOwn, left > 0, let record = try message.nextRecord(into: &name) {
      left -= 1
      guard record.type == .netBIOS, let entry = message.netBIOSAddress(of: record) else {
        continue
      }
      learnNetBIOSName(
        try NetBIOSName(decoding: name), entry.flags, entry.address, datagram.packet)
    }
  }

  /// Gathers DNS messages from a TCP stream.
  ///
  /// - Parameters:
  ///   - stream: what the direction has gathered so far; it goes back into `direction`.
  ///   - missing: octets after `chunk` that the snaplen cut.
  mutating func collectDNS(
    _ chunk: RawSpan, missing: Int, _ earlier: DNSStream,
    _ direction: inout ProbingFlow.Direction, _ segment: TCPSegment
  ) {
    var stream = earlier
    direction.content = .unknown
    var datagram = NamingDatagram(
      kind: .dns, source: segment.source, destination: segment.destination, wireCount: 0,
      packet: segment.packet)
    var offset = 0
    let malformed = counters.dnsMalformed
    while let place = stream.next(in: chunk, from: &offset) {
      switch place {
      case .inChunk(let range):
        datagram.wireCount = range.count
        dns(chunk.extracting(range), datagram)
      case .gathered:
        datagram.wireCount = stream.gathered.byteCount
        dns(stream.gathered, datagram)
      }
      // A stream that is not DNS from the start, or no longer, is not read on.
      if counters.dnsMalformed != malformed {
        direction.isLost = true
        return
      }
    }
    if missing > 0, let announced = stream.announcedByteCount, stream.gathered.byteCount > 0 {
      datagram.wireCount = announced
      dns(stream.gathered, datagram)
    }
    direction.content = .dns(stream)
  }
}
