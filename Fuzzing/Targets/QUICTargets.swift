import COpenSSL

@testable import TrafficModel
@testable import WireFormat

extension FuzzTargets {
  static var quic: [any FuzzTarget.Type] {
    [
      QUICHeaderInput.self, CryptoFramesInput.self, QUICProbeInput.self, QUICInitialInput.self,
      GoogleHelloInput.self,
    ]
  }
}

/// A datagram: all its coalesced long headers.
struct QUICHeaderInput: FuzzTarget {
  static let name = "quic-header"
  static let maximumByteCount = 512

  mutating func take(_ input: RawSpan) throws(Broken) {
    var offset: Int? = 0
    var count = 0
    while let start = offset, let header = try? QUICLongHeader(parsing: input, at: start) {
      count += 1
      try hold(
        header.destinationConnectionID.isWithin(input.byteCount)
          && header.sourceConnectionID.isWithin(input.byteCount)
          && header.token.isWithin(input.byteCount), "the header lies in the datagram")
      try hold(
        header.packetNumberOffset > start && header.packetNumberOffset <= header.end
          && header.end <= input.byteCount, "the packet lies in the datagram")
      offset = header.nextPacketOffset(in: input)
      try hold(offset.map { $0 > start } ?? true, "the next packet comes later")
    }
    try hold(count * 6 <= input.byteCount, "a header takes six octets")
    _ = QUICShortHeader.canBegin(at: 0, in: input)
  }
}

/// One octet for the version, then the frames of an Initial packet.
struct CryptoFramesInput: FuzzTarget {
  static let name = "quic-frames"
  static let maximumByteCount = 1_200

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let kind = choices.octet()
    let payload = choices.rest
    var octets = 0
    var count = 0
    if kind & 1 == 0 {
      var frames = CryptoFrames(payload)
      while let frame = try? frames.next() {
        try check(frame, in: payload, &octets, &count)
      }
    } else {
      let sizes = [1, 2, 4, 6]
      var frames = GoogleFrames(
        payload, version: UInt8(24 + kind >> 3 % 28), packetNumberByteCount: sizes[kind >> 1 & 3])
      while let frame = try? frames.next() {
        try check(frame, in: payload, &octets, &count)
      }
    }
    try hold(octets + 2 * count <= payload.byteCount, "frames do not overlap")
  }

  private func check(
    _ frame: CryptoFrame, in payload: RawSpan, _ octets: inout Int, _ count: inout Int
  ) throws(Broken) {
    try hold(frame.range.isWithin(payload.byteCount), "a frame lies in its packet")
    try hold(frame.streamOffset < 1 << 62, "an offset has 62 bits")
    octets += frame.range.count
    count += 1
  }
}

/// Datagrams as they come, each with two octets for its direction and length, to a probe: also those in the clear.
struct QUICProbeInput: FuzzTarget {
  static let name = "quic-probe"
  static let maximumByteCount = 4_096

  private let opener = InitialOpener()
  private var scratch: [UInt8] = []

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let opener else { throw Broken(property: "OpenSSL is there") }
    var choices = Choices(input)
    let probe = QUICProbe()
    while !choices.isAtEnd {
      let length = choices.word()
      let datagram = choices.octets(length & 0x07ff)
      let outcome = probe.datagram(
        datagram, sourceIsLow: length & 0x8000 == 0, opener: opener, scratch: &scratch)
      guard try Self.goesOn(probe, outcome) else { return }
    }
  }

  /// Checks a probe after a datagram; false when it is done.
  static func goesOn(_ probe: QUICProbe, _ outcome: QUICProbe.Outcome) throws(Broken) -> Bool {
    try hold(
      probe.heldByteCount <= QUICProbe.maximumAttempts * 2 * CryptoStream.maximumOctets,
      "a probe holds no more than some hellos")
    try hold(probe.derivationCount <= QUICProbe.maximumDerivations, "derivations have their bound")
    switch outcome {
    case .needMore: return true
    case .hopeless: return false
    case .hello(let hello):
      if let name = hello.serverName {
        try hold(
          name.isWithin(probe.message.count) && (1...255).contains(name.count),
          "a server name lies in the hello")
      }
      return false
    }
  }
}

/// The first message of QUIC Crypto, and a datagram that may have it in the clear.
struct GoogleHelloInput: FuzzTarget {
  static let name = "google-hello"
  static let maximumByteCount = 1_400

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let hello = try? GoogleClientHello(parsing: input) {
      try hold((8...input.byteCount).contains(hello.byteCount), "a hello lies in its octets")
      if let name = hello.serverName {
        try hold(
          name.isWithin(hello.byteCount) && (1...255).contains(name.count),
          "a server name lies in the hello")
      }
      let own = input.extracting(0..<hello.byteCount)
      try hold(
        (try? GoogleClientHello(parsing: own)) == hello, "octets after a hello change nothing")
    }
    for version: UInt8? in [nil, 33, 43] {
      guard let packet = try? GooglePacket(parsing: input, version: version) else { continue }
      try hold(
        packet.frames.isWithin(input.byteCount) && packet.connectionID.isWithin(input.byteCount),
        "frames lie in the datagram")
    }
    _ = GooglePacket.begins(input)
  }
}

/// Packets in plaintext that are sealed here and then opened by the probe: one octet for the version, the connection ID,
/// then frames with two octets of length.
struct QUICInitialInput: FuzzTarget {
  static let name = "quic-initial"
  static let maximumByteCount = 3_072

  private let opener = InitialOpener()
  private let sealer = InitialSealer()
  private var scratch: [UInt8] = []

  private static let versions: [(number: UInt32, version: QUICVersion, firstOctet: UInt8)] = [
    (1, .v1, 0xc0), (0x6b33_43cf, .v2, 0xd0), (0xff00_001d, .draft(29), 0xc0),
    (0xface_b002, .draft(27), 0xc0), (0x5430_3530, .google(50), 0xc0),
  ]

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let opener, let sealer else { throw Broken(property: "OpenSSL is there") }
    var choices = Choices(input)
    let version = Self.versions[choices.octet() % Self.versions.count]
    let identifier = choices.octets(choices.octet() % 21).copied()
    guard
      let keys = try? opener.keys(
        for: version.version, destinationConnectionID: identifier.octets, sender: .client)
    else { throw Broken(property: "keys are derived from any connection ID") }
    let probe = QUICProbe()
    var number: UInt8 = 0
    while !choices.isAtEnd {
      let length = choices.word()
      let frames = choices.octets(length % 1_300).copied()
      var payload = frames
      // Header protection samples sixteen octets from the fourth after the packet number's first.
      while payload.count < 4 { payload.append(0) }
      let header =
        [version.firstOctet] + Self.octets(version.number) + [UInt8(identifier.count)] + identifier
        + [0, 0, 0x40 | UInt8((payload.count + 17) >> 8), UInt8((payload.count + 17) & 255)]
      let datagram = sealer.seal(payload, header: header, number: number, keys: keys)
      number &+= 1
      guard let parsed = try? QUICLongHeader(parsing: datagram.octets),
        let opened = try? opener.open(datagram.octets, parsed, keys: keys, into: &scratch)
      else { throw Broken(property: "what was sealed is opened") }
      try hold(Array(scratch[opened.payload]) == payload, "what is opened is what was sealed")
      let outcome = probe.datagram(
        datagram.octets, sourceIsLow: true, opener: opener, scratch: &scratch)
      guard try QUICProbeInput.goesOn(probe, outcome) else { return }
    }
  }

  private static func octets(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }
}

/// Seals Initial packets, as a client does (RFC 9001, sections 5.3 and 5.4).
@safe
final class InitialSealer {
  private let packetCipher: OpaquePointer
  private let maskCipher: OpaquePointer

  init?() {
    guard let packetCipher = unsafe gnomon_cipher_new("AES-128-GCM", 1),
      let maskCipher = unsafe gnomon_cipher_new("AES-128-ECB", 1)
    else { return nil }
    unsafe (self.packetCipher, self.maskCipher) = (packetCipher, maskCipher)
  }

  deinit {
    // Safe: made in `init`, freed only here.
    unsafe EVP_CIPHER_CTX_free(packetCipher)
    unsafe EVP_CIPHER_CTX_free(maskCipher)
  }

  /// - Parameter number: the packet number, in one octet.
  func seal(_ payload: [UInt8], header: [UInt8], number: UInt8, keys: InitialKeys) -> [UInt8] {
    var key = (0..<16).map { keys.key[$0] }
    var nonce = (0..<12).map { keys.iv[$0] }
    nonce[11] ^= number
    let associated = header + [number]
    var sealed = [UInt8](repeating: 0, count: payload.count)
    var tag = [UInt8](repeating: 0, count: 16)
    var written: Int32 = 0
    // Safe: each array outlives its call and has the size that is given.
    unsafe EVP_CipherInit_ex2(packetCipher, nil, &key, &nonce, 1, nil)
    unsafe EVP_CipherUpdate(packetCipher, nil, &written, associated, Int32(associated.count))
    unsafe EVP_CipherUpdate(packetCipher, &sealed, &written, payload, Int32(payload.count))
    unsafe EVP_CipherFinal_ex(packetCipher, &tag, &written)
    unsafe EVP_CIPHER_CTX_ctrl(packetCipher, EVP_CTRL_AEAD_GET_TAG, 16, &tag)
    var packet = associated + sealed + tag
    var mask = [UInt8](repeating: 0, count: 16)
    let headerKey = (0..<16).map { keys.headerProtection[$0] }
    let sample = Array(packet[header.count + 4..<header.count + 20])
    unsafe _ = gnomon_aes128_block(maskCipher, headerKey, sample, &mask)
    packet[0] ^= mask[0] & 0x0f
    packet[header.count] ^= mask[1]
    return packet
  }
}
