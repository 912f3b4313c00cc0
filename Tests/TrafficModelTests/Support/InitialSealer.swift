@testable import WireFormat

/// Makes Initial packets as a client seals them (RFC 9001, section 5).
struct InitialSealer {
  /// The number in the header.
  var number: UInt32 = 1
  /// Whose salt, labels and type bits are used.
  var version = QUICVersion.v1
  /// What the keys come from, and what the header says; the same unless the client addresses the server otherwise.
  var keyID: [UInt8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08]
  var destination: [UInt8]?
  var source: [UInt8] = []
  var token: [UInt8] = []
  var hasFixedBit = true
  var sender = InitialKeys.Sender.client

  static let v2 = InitialSealer(number: 0x6b33_43cf, version: .v2)
  static let q050 = InitialSealer(number: 0x5130_3530, version: .googleCrypto(50))

  /// The header up to the packet number of two octets, which is not protected here.
  func header(_ packetNumber: UInt8, payloadCount: Int) -> [UInt8] {
    let bits: UInt8 = version == .v2 ? 1 : 0
    let destination = destination ?? keyID
    var header = [0x80 | (hasFixedBit ? 0x40 : 0) | bits << 4 | 1] + Frames.octets32(number)
    header += [UInt8(destination.count)] + destination + [UInt8(source.count)] + source
    header += [UInt8(token.count)] + token + Frames.octets16(0x4000 | (2 + payloadCount + 16))
    return header + [0, packetNumber]
  }

  /// A packet of at least `count` octets of payload, zeros being added.
  func seal(_ frames: [UInt8], packetNumber: UInt8 = 0, atLeast count: Int = 20) throws -> [UInt8] {
    guard let opener = InitialOpener() else { throw WireError.invalid(.quicIntegrity, offset: 0) }
    let keys = try opener.keys(
      for: version, destinationConnectionID: keyID.octets, sender: sender)
    let payload = frames + [UInt8](repeating: 0, count: max(0, count - frames.count))
    var header = header(packetNumber, payloadCount: payload.count)
    var nonce = (0..<12).map { keys.iv[$0] }
    nonce[11] ^= packetNumber
    let cipher = AES128GCM(key: (0..<16).map { keys.key[$0] })
    let sealed = cipher.seal(payload, nonce: nonce, associated: header)
    // The sample begins four octets behind the start of the packet number.
    let mask = AES128GCM(key: (0..<16).map { keys.headerProtection[$0] })
      .encrypt(Array(sealed[2..<18]))
    header[0] ^= mask[0] & 0x0f
    header[header.count - 2] ^= mask[1]
    header[header.count - 1] ^= mask[2]
    return header + sealed
  }
}
