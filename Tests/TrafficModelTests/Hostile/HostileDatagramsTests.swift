import Testing
import WireFormat

@testable import TrafficModel

/// What somebody can make the engine hold and do with datagrams.
@Suite("Datagrams from somebody who means harm")
struct HostileDatagramsTests {
  static let client = DTLSNamesTests.client
  static let server = Endpoint(address: DTLSNamesTests.server.address, port: 443)

  static func up(_ payload: [UInt8], port: UInt16 = client.port) -> [UInt8] {
    Frames.udp(Endpoint(address: client.address, port: port), server, payload)
  }

  /// An Initial packet whose seal is not right, to a connection of its own.
  static func unopened(_ number: Int, count: Int = 1) -> [UInt8] {
    var datagram: [UInt8] = []
    for place in 0..<count {
      datagram += [0xc0, 0, 0, 0, 1, 8]
      datagram += Frames.octets32(UInt32(number))
      datagram += Frames.octets32(UInt32(place))
      datagram += [0, 0, 0x40, 28]
      datagram += [UInt8](repeating: 7, count: 28)
    }
    return datagram
  }

  /// A hello's octet at every second place, so that each is a stretch of its own.
  static func holes() throws -> [UInt8] {
    let frames = (0..<60).flatMap { QUICProbeTests.frame(2 * $0 + 1..<2 * $0 + 2) }
    return try QUICProbeTests.sealer.seal(frames)
  }

  // MARK: What is held

  @Test("attempts at QUIC count as held with their keys, objects and stretches")
  func countsAttempts() throws {
    let gateway = Gateway()
    gateway.take(Self.up(try Self.holes()))
    // 119 octets, in 60 stretches of 16.
    #expect(gateway.heldBytes >= 1_024 + 60 * 16 + 119)
    let before = gateway.heldBytes
    for number in 0..<3 { gateway.take(Self.up(Self.unopened(number))) }
    #expect(gateway.heldBytes >= before + 3 * 1_024)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }

  @Test("many flows of QUIC without end are held within the limit, and the rest counted")
  func boundsAttempts() throws {
    let gateway = HeldBytesTests.gateway()
    for port in 0..<200 {
      for number in 0..<4 {
        gateway.take(Self.up(Self.unopened(number), port: UInt16(10_000 + port)))
      }
      #expect(gateway.heldBytes <= 100_000 + 8_192)
    }
    #expect(gateway.counters.waitsRefused > 100)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }

  @Test("a DTLS hello that begins with nothing, or begins again, counts as held all the same")
  func countsDTLS() {
    let body = DTLSNamesTests.body("dtls.example.com", padding: 4_000)
    let gateway = Gateway()
    gateway.take(DTLSNamesTests.up(DTLSNamesTests.record(body, 0..<0)))
    gateway.take(DTLSNamesTests.up(DTLSNamesTests.record(body, 0..<1_200)))
    #expect(gateway.heldBytes >= 1_200)
    gateway.take(DTLSNamesTests.up(DTLSNamesTests.record(body, 0..<0, sequence: 1)))
    gateway.take(DTLSNamesTests.up(DTLSNamesTests.record(body, 0..<1_300, sequence: 1)))
    #expect(gateway.heldBytes >= 1_300)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }

  // MARK: What is done

  @Test("DTLS hellos that begin anew all the time, far from their start, are little work")
  func boundsRestarts() {
    let body = DTLSNamesTests.body("dtls.example.com", padding: 16_000)
    for start in [4_000, 16_000] {
      let gateway = Gateway()
      gateway.take(DTLSNamesTests.up(DTLSNamesTests.record(body, 0..<10)))
      for sequence in UInt8(1)..<31 {
        let fragment = DTLSNamesTests.record(body, start..<start + 1, sequence: sequence)
        gateway.take(DTLSNamesTests.up(fragment))
      }
      #expect(gateway.counters.dtlsOctetsMoved <= 10 + 2 * 4_100)
      #expect(gateway.counters.dtlsOctetsMoved > 0)
    }
  }

  @Test("a client that begins anew with the first number is read")
  func readsABeginning() {
    let body = DTLSNamesTests.body("dtls.example.com", padding: 900)
    let other = DTLSNamesTests.body("other.example.com", padding: 600)
    let gateway = Gateway()
    gateway.take(DTLSNamesTests.up(DTLSNamesTests.record(body, 0..<400, sequence: 1)))
    gateway.take(DTLSNamesTests.up(DTLSNamesTests.whole(other)))
    #expect(gateway.seen.names == ["dtls other.example.com"])
  }

  @Test("a flow that was judged costs eight keys at most")
  func boundsReuse() {
    let gateway = Gateway()
    gateway.take(Self.up(QUICSample.clientInitial))
    #expect(gateway.seen.names == ["quic example.com"])
    let before = gateway.counters.quicInitialsRefused
    for number in 0..<100 { gateway.take(Self.up(Self.unopened(number))) }
    #expect(gateway.counters.quicInitialsRefused == before + 8)
    #expect(gateway.counters.quicFlowsUnwatched == 1)
  }

  @Test("of packets in one datagram only those to the first one's connection are opened")
  func passesOverOtherConnections() {
    let gateway = Gateway()
    gateway.take(Self.up(Self.unopened(1, count: 30)))
    #expect(gateway.counters.quicInitialsRefused == 1)
    gateway.take(Self.up(Self.unopened(2) + QUICSample.clientInitial))
    #expect(gateway.seen.names.isEmpty)
    gateway.take(Self.up(QUICSample.clientInitial + Self.unopened(2)))
    #expect(gateway.seen.names == ["quic example.com"])
  }

  // MARK: DNS

  static let longName = Array(
    repeating: "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", count: 4
  )
  .joined(separator: ".")

  /// A response about a long name, whose records' owners and aliases are pointers to it.
  static func response(_ type: UInt8, _ data: [UInt8], count: Int) -> [UInt8] {
    var response: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, UInt8(count), 0, 0, 0, 0]
    response += DNSSample.name(longName)
    response += [0, 1, 0, 1] as [UInt8]
    for _ in 0..<count {
      response += [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60] as [UInt8]
      response += TLSSample.vector16(data)
    }
    return response
  }

  @Test("a name that many pointers lead to is hashed once", arguments: [1, 5])
  func hashesOnce(type: UInt8) {
    let gateway = Gateway()
    let data: [UInt8] = type == 1 ? DNSMessagesTests.a : [0xc0, 12]
    gateway.take(
      Frames.udp(
        InferredNamesTests.resolver, InferredNamesTests.client,
        Self.response(type, data, count: 60)))
    #expect(gateway.counters.dnsMessages == 1 && gateway.counters.dnsMalformed == 0)
    #expect(gateway.counters.dnsOctetsHashed <= 4 * 256)
    #expect(gateway.counters.dnsMessagesCut == 0)
  }

  @Test("pointers into a name at many places are followed within a budget")
  func boundsHashing() {
    let labels = Array(repeating: "a", count: 120).joined(separator: ".")
    var response: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 120, 0, 0, 0, 0]
    response += DNSSample.name(labels)
    response += [0, 1, 0, 1] as [UInt8]
    for index in 0..<120 {
      response += [0xc0, UInt8(12 + 2 * index), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] as [UInt8]
      response += DNSMessagesTests.a
    }
    let gateway = Gateway()
    gateway.take(
      Frames.udp(InferredNamesTests.resolver, InferredNamesTests.client, response))
    #expect(gateway.counters.dnsOctetsHashed <= NameHashes.maximumOctets + 1_003)
    #expect(gateway.counters.dnsMessagesCut == 1)
  }

  @Test("more questions, records and names of an address than are kept are counted")
  func countsWhatIsLeft() {
    let gateway = Gateway()
    gateway.take(
      Frames.udp(
        InferredNamesTests.resolver, InferredNamesTests.client,
        Self.response(1, DNSMessagesTests.a, count: 70)))
    #expect(gateway.counters.dnsMessagesCut == 1)

    var query: [UInt8] = [0, 1, 1, 0, 0, 100, 0, 0, 0, 0, 0, 0]
    let question: [UInt8] = DNSSample.name("a.example.com") + [0, 1, 0, 1]
    for _ in 0..<100 { query += question }
    let packet = Frames.udp(InferredNamesTests.client, InferredNamesTests.resolver, query)
    gateway.take(QuotedPacketTests.error(3, quoting: Array(packet[14...])))
    #expect(gateway.seen.questions.count == 1 + 64)
    #expect(gateway.counters.dnsMessagesCut == 2)

    for number in 0..<6 {
      gateway.take(
        Frames.udp(
          InferredNamesTests.resolver, InferredNamesTests.client,
          DNSSample.answer("n\(number).example.com", [InferredNamesTests.server])))
    }
    gateway.sweep()
    #expect(gateway.counters.dnsNamesDisplaced > 0)
  }
}
