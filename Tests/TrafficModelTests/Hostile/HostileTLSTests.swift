import Testing
import WireFormat

@testable import TrafficModel

@Suite("TLS from somebody who means harm")
struct HostileTLSTests {
  @Test("a million empty records before a hello are given up at the collector's bound")
  func boundsEmptyRecords() {
    let empty = [UInt8]([22, 3, 1, 0, 0])
    let chunk = [UInt8](repeatElement(empty, count: 10_000).joined())
    var collector = HelloCollector()
    var read = 0
    var status = HelloCollector.Status.needMore
    for _ in 0..<100 where status == .needMore {
      var offset = 0
      status = collector.append(chunk.octets, from: &offset)
      read += offset
    }
    #expect(status == .notAHello)
    #expect(read <= HelloCollector.maximumRaw + 5)
    #expect(collector.message.isEmpty)
  }

  @Test("a hello that never ends holds no more than its bound, and the flow is let go")
  func boundsEndlessHellos() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let filler = TLSSample.record(22, [UInt8](repeating: 0, count: 1_000))
    gateway.take(connection.up(TLSSample.record(22, [1, 0, 0xff, 0x00, 3, 3])))
    var highest = 0
    for _ in 0..<400 {
      gateway.take(connection.up(filler))
      highest = max(highest, gateway.heldBytes)
    }
    #expect(gateway.probeCount == 0 && gateway.heldBytes == 0)
    #expect(highest <= HelloCollector.maximumMessage + 4_096)
  }

  @Test("a certificate in records of one octet is looked at once per record")
  func boundsCertificateRecords() {
    let certificate = CertificateSample.certificate(["api.example.com"], padding: 20_000)
    let stream = TLSSample.records(CertificateSample.flight(certificate), of: 1)
    let gateway = Gateway()
    var connection = Connection()
    CertificateNamesTests.waiting(&connection, gateway)
    var highest = 0
    for start in stride(from: 0, to: stream.count, by: 1_200) {
      gateway.take(connection.down(Array(stream[start..<min(start + 1_200, stream.count)])))
      highest = max(highest, gateway.heldBytes)
    }
    #expect(gateway.seen.names == ["certificate api.example.com"])
    #expect(highest < 21_000 && gateway.heldBytes == 0)
  }

  @Test("a certificate that never ends is given up at the limit")
  func boundsCertificates() {
    for length: [UInt8] in [[0, 0xff, 0xf0], [1, 0, 1]] {
      let gateway = Gateway()
      var connection = Connection()
      CertificateNamesTests.waiting(&connection, gateway)
      let start: [UInt8] = [11, 2, 0, 6, 2, 0, 3] + length
      gateway.take(connection.down(TLSSample.serverHello(isTLS13: false, cipherSuite: 0x2f)))
      gateway.take(connection.down(TLSSample.record(22, start)))
      var highest = 0
      for _ in 0..<100 {
        gateway.take(connection.down(TLSSample.record(22, [UInt8](repeating: 7, count: 1_000))))
        highest = max(highest, gateway.heldBytes)
      }
      #expect(gateway.waitCount == 0 && gateway.heldBytes == 0)
      #expect(highest <= TLSRecordMeter.certificateLimit)
      #expect(gateway.counters.certificatesWithoutName == (length[0] == 0 ? 1 : 0))
    }
  }

  @Test("lengths that lie and nesting without end name nothing and trap nowhere")
  func survivesLies() {
    let good = CertificateNamesTests.ours
    let bomb = [UInt8](repeating: 0x30, count: 9_000)
    var lies = [bomb, [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], [0x30, 0x80], [0]]
    for index in good.indices {
      var lie = good
      lie[index] = 0xff
      lies.append(lie)
      lies.append(Array(good.prefix(index)) + [0x83, 0xff, 0xff, 0xff])
    }
    for lie in lies where !lie.isEmpty {
      let gateway = Gateway()
      var connection = Connection()
      CertificateNamesTests.waiting(&connection, gateway)
      gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(lie))))
      #expect(gateway.waitCount == 0 && gateway.heldBytes == 0)
      #expect(gateway.counters.flowsByCertificate + gateway.seen.unnamed.count >= 1)
    }
  }

  @Test("more hellos without a name than there are places: the rest is judged at once, and counted")
  func boundsWaits() {
    let gateway = Gateway()
    for port in 0..<200 {
      var connection = Connection()
      connection.client.port = UInt16(20_000 + port)
      CertificateNamesTests.waiting(&connection, gateway)
    }
    #expect(gateway.waitCount == Gateway.small.certificateWaits)
    #expect(gateway.counters.certificateWaitsRefused == 200 - Gateway.small.certificateWaits)
    #expect(gateway.seen.unnamed.count == 200 - Gateway.small.certificateWaits)
    gateway.take(Connection().ack(), at: 200_000)
    gateway.sweep()
    gateway.sweep()
    #expect(gateway.waitCount == 0)
  }

  @Test("where the memory of all flows is used up, nothing waits for certificates")
  func boundsMemory() {
    var limits = Gateway.small
    limits.heldBytes = 4_000
    let gateway = Gateway(limits: limits)
    let start =
      TLSSample.serverHello(isTLS13: false, cipherSuite: 0x2f)
      + TLSSample.record(
        22, [11, 0, 0x80, 6, 0, 0x80, 3, 0, 0x80, 0] + [UInt8](repeating: 1, count: 900))
    for port in 0..<20 {
      var connection = Connection()
      connection.client.port = UInt16(20_000 + port)
      CertificateNamesTests.waiting(&connection, gateway)
      gateway.take(connection.down(start))
      #expect(gateway.heldBytes <= 4_000 + 1_200)
    }
    #expect(gateway.waitCount <= 5)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }

  @Test("a second hello, after a retry or of another name, tells nothing more")
  func tellsTheFirstHello() {
    for second in ["api.example.com", "www.example.org"] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      gateway.take(connection.up(TLSSample.hello("api.example.com")))
      let retry: [UInt8] =
        [3, 3, 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65]
        + [0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2]
        + [0xc8, 0xa8, 0x33, 0x9c, 0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4]
      gateway.take(connection.down(TLSSample.record(22, [2, 0] + TLSSample.vector16(retry))))
      gateway.take(connection.up(TLSSample.record(20, [1]) + TLSSample.hello(second)))
      #expect(gateway.seen.names == ["tls api.example.com"])
      #expect(gateway.counters.flows == 1 && gateway.counters.flowsMatched == 1)
    }
  }
}
