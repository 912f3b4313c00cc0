import Testing
import WireFormat

@Suite("What a cipher suite adds to each record")
struct CipherOverheadTests {
  /// Version, suite, and the content octets of a record of 1,000 octets.
  @Test(
    "content of a record",
    arguments: [
      (0x0304, 0x1301, 983), (0x0304, 0x1302, 983), (0x0304, 0x1303, 983),  // TLS 1.3
      (0x0304, 0x1305, 991),  // AES_128_CCM_8
      (0x0303, 0xc02f, 976), (0x0303, 0x009d, 976), (0x0303, 0xc030, 976),  // GCM
      (0x0303, 0xcca8, 984), (0x0303, 0xcca9, 984),  // ChaCha20-Poly1305
      (0x0303, 0xc09e, 976), (0x0303, 0xc0a2, 984),  // CCM, CCM_8
      (0x0303, 0xc013, 956), (0x0303, 0x002f, 956),  // CBC, SHA-1: 16 + 20 + 8
      (0x0303, 0xc027, 944), (0x0303, 0x003d, 944),  // CBC, SHA-256: 16 + 32 + 8
      (0x0303, 0xc028, 928), (0x0303, 0xc024, 928),  // CBC, SHA-384: 16 + 48 + 8
      (0x0301, 0xc013, 972), (0x0302, 0xc013, 956),  // no IV on the wire in TLS 1.0
      (0x0303, 0x000a, 968),  // 3DES: 8 + 20 + 4
      (0x0303, 0x0005, 980), (0x0303, 0x0004, 984),  // RC4 with SHA-1, MD5
    ] as [(UInt16, UInt16, Int)])
  func takesTheOverheadOff(version: UInt16, suite: UInt16, content: Int) {
    let overhead = CipherOverhead(version: version, cipherSuite: suite)
    #expect(overhead.applicationOctets(recordLength: 1_000) == content)
    #expect(!overhead.isAssumed)
  }

  @Test(
    "a Finished tells what its suite costs",
    arguments: [
      (40, 0xc02f), (32, 0xcca8), (32, 0xc0a2), (64, 0xc013), (68, 0xc013), (80, 0xc027),
      (96, 0xc028),
    ] as [(Int, UInt16)])
  func readsTheFinished(length: Int, suite: UInt16) throws {
    let shown = try #require(CipherOverhead(finishedRecordLength: length))
    #expect(shown == CipherOverhead(version: 0x0303, cipherSuite: suite))
    for length in [0, 16, 48, 65_535] {
      #expect(CipherOverhead(finishedRecordLength: length) == nil)
    }
  }

  @Test func neverGoesBelowZero() {
    let overhead = CipherOverhead(version: 0x0303, cipherSuite: 0xc028)
    for length in 0...72 { #expect(overhead.applicationOctets(recordLength: length) == 0) }
    #expect(overhead.applicationOctets(recordLength: 73) == 1)
  }

  @Test func assumesAnAEADForAnUnknownSuite() {
    let tls12 = CipherOverhead(version: 0x0303, cipherSuite: 0x5a5a)
    #expect(tls12.isAssumed && tls12.applicationOctets(recordLength: 100) == 76)
    let tls13 = CipherOverhead(version: 0x0304, cipherSuite: 0x5a5a)
    #expect(tls13.isAssumed && tls13.applicationOctets(recordLength: 100) == 83)
  }
}
