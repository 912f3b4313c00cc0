@testable import TrafficModel
@testable import WireFormat

extension FuzzTargets {
  static var tls: [any FuzzTarget.Type] {
    [
      ClientHelloInput.self, HelloFactsInput.self, ServerHelloInput.self, DTLSInput.self,
      CertificateInput.self, ECHInput.self, SSLv2Input.self,
    ]
  }
}

/// Two octets for a cut, then a ClientHello: read whole, and read up to the cut.
struct ClientHelloInput: FuzzTarget {
  static let name = "client-hello"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let cut = choices.word()
    let message = choices.rest
    guard let whole = try? ClientHello(parsing: message) else {
      if let hello = try? ClientHello(parsingPrefix: message) {
        try hold(hello.isTruncated, "what is read in parts only is truncated")
        try Self.check(hello, in: message)
      }
      return
    }
    try Self.check(whole, in: message)
    try hold((try? ClientHello(parsingPrefix: message)) == whole, "a whole hello is its own prefix")
    guard let needed = try? ClientHello.announcedByteCount(message), needed <= message.byteCount
    else { throw Broken(property: "a hello that was read is announced") }
    let own = message.extracting(0..<needed)
    try hold((try? ClientHello(parsing: own)) == whole, "octets after a hello change nothing")
    let part = message.extracting(0..<cut % (needed + 1))
    guard let prefix = try? ClientHello(parsingPrefix: part) else { return }
    try Self.check(prefix, in: part)
    if prefix.serverName != nil {
      try hold(prefix.serverName == whole.serverName, "a prefix tells no other name")
    }
  }

  static func check(_ hello: ClientHello, in message: RawSpan) throws(Broken) {
    if let name = hello.serverName {
      try hold(
        name.isWithin(message.byteCount) && (1...255).contains(name.count),
        "a server name lies in the hello")
      var octets: [UInt8] = []
      message.appendLowercased(name, to: &octets)
      try hold(octets.count == name.count, "a name in lower case is as long")
    }
    if let name = hello.firstApplicationProtocol {
      try hold(name.isWithin(message.byteCount) && !name.isEmpty, "ALPN lies in the hello")
    }
    try hold(hello.cipherSuiteCount <= message.byteCount / 2, "cipher suites lie in the hello")
  }
}

/// A ServerHello; and a record header that may stand there.
struct ServerHelloInput: FuzzTarget {
  static let name = "server-hello"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let hello = try? ServerHello(parsing: input) {
      let overhead = CipherOverhead(version: hello.version, cipherSuite: hello.cipherSuite)
      for length in [0, 1, 17, 40, 16_640, 65_535] {
        let net = overhead.applicationOctets(recordLength: length)
        try hold(net >= 0 && net <= length, "content is no longer than its record")
      }
    }
    var reader = ByteReader(input)
    let record = try? TLSRecordHeader(parsing: &reader)
    try hold(
      (record != nil) == TLSRecordHeader.canStand(at: 0, in: input), "both readers agree")
    if let record {
      try hold(
        reader.offset == 5 && record.length <= TLSRecordHeader.maximumLength,
        "a record header has five octets")
    }
  }
}

/// A ClientHello and what is told of it beside names: JA4, version, protocols.
struct HelloFactsInput: FuzzTarget {
  static let name = "hello-facts"
  static let maximumByteCount = 1_024

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let hello = try? ClientHello(parsingPrefix: input) else { return }
    let facts = HelloFacts(hello, in: input, .tcp)
    if let ja4 = facts.ja4 {
      try hold(ja4.utf8.count == 36, "a JA4 has 36 octets")
      try hold(
        ja4.unicodeScalars.allSatisfy { (0x21...0x7e).contains($0.value) }, "a JA4 is visible text")
      try hold(JA4(hello, in: input, .tcp)?.text == ja4, "a JA4 is that of its hello")
    }
    try hold(facts.applicationProtocols.count <= 16, "protocols have their bound")
    _ = facts.versionName
  }
}

/// Datagrams of a DTLS flow, each with two octets of length.
struct DTLSInput: FuzzTarget {
  static let name = "dtls"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    let client = Endpoint(address: IPAddress(v4: 1), port: 50_000)
    let probe = DTLSProbe(
      NameSighting(source: .dtls, client: client, server: client, time: FuzzTargets.start))
    var choices = Choices(input)
    while !choices.isAtEnd {
      let datagram = choices.octets(choices.word() & 0x07ff)
      try Self.check(datagram)
      _ = DTLSProbe.canBegin(datagram)
      let outcome = probe.datagram(datagram)
      try hold(
        probe.heldByteCount <= DTLSProbe.maximumByteCount, "a probe holds no more than a hello")
      switch outcome {
      case .needMore: continue
      case .hopeless: return
      case .hello(let hello):
        try ClientHelloInput.check(hello, in: probe.message.octets)
        return
      }
    }
    if let hello = probe.readPrefix() {
      try ClientHelloInput.check(hello, in: probe.message.octets)
    }
  }

  private static func check(_ datagram: RawSpan) throws(Broken) {
    var fragments = DTLSFragments(datagram)
    var end = 0
    while let fragment = try? fragments.next() {
      try hold(
        fragment.body.isWithin(datagram.byteCount) && fragment.body.lowerBound >= end,
        "fragments follow one another")
      try hold(
        fragment.offset >= 0 && fragment.offset + fragment.body.count <= fragment.length,
        "a fragment lies in its message")
      end = fragment.body.upperBound
    }
  }
}

/// A Certificate message, or the certificate alone.
struct CertificateInput: FuzzTarget {
  static let name = "certificate"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let certificate = try? ServerCertificate(parsing: input, at: 0) {
      try hold(
        certificate.range.isWithin(input.byteCount) && !certificate.range.isEmpty,
        "a certificate lies in its message")
      try Self.check(input.extracting(certificate.range))
    }
    try Self.check(input)
  }

  private static func check(_ octets: RawSpan) throws(Broken) {
    guard let names = try? CertificateNames(parsing: octets) else { return }
    try hold(names.names.count <= CertificateNames.maximumCount, "names have their bound")
    for case .host(let range) in names.names {
      try hold(
        range.isWithin(octets.byteCount) && (1...255).contains(range.count),
        "a name lies in its certificate")
    }
  }
}

/// The ECH extension of a hello, and the list of configurations in a DNS record.
struct ECHInput: FuzzTarget {
  static let name = "ech"
  static let maximumByteCount = 512

  mutating func take(_ input: RawSpan) throws(Broken) {
    var reader = ByteReader(input)
    if case .outer(let outer) = try? EncryptedClientHello(parsing: &reader) {
      try hold(
        outer.encapsulatedKeyByteCount + outer.payloadByteCount <= input.byteCount
          && outer.payloadByteCount > 0, "key and payload lie in the extension")
    }
    guard var list = try? ECHConfigList(parsing: ByteReader(input)) else { return }
    while let config = try? list.next() {
      try hold(
        config.publicName.isWithin(input.byteCount) && !config.publicName.isEmpty,
        "a public name lies in the list")
    }
  }
}

/// A hello in the form of SSL 2.0.
struct SSLv2Input: FuzzTarget {
  static let name = "sslv2"
  static let maximumByteCount = 256

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let hello = try? SSLv2ClientHello(parsing: input) {
      try hold((11...input.byteCount).contains(hello.byteCount), "a hello lies in its octets")
      try hold(SSLv2ClientHello.begins(input), "what is read begins so")
    }
  }
}
