/// A QUIC version, by what it takes to read its Initial packets.
package enum QUICVersion: Hashable, Sendable {
  /// RFC 9000 and 9001.
  case v1
  /// RFC 9369.
  case v2
  /// Its drafts from -01 on, under their own number and salt.
  case v2Draft
  /// The IETF drafts -22 to -34, Facebook's versions that are built on them counted in.
  case draft(UInt8)
  /// Google's T050 and T051: TLS in QUIC between the drafts -25 and -29, each with a salt of its
  /// own.
  case google(UInt8)
  /// Google's Q012 to Q050, by number: QUIC Crypto in place of TLS. Those before Q044 have a header
  /// of their own (``GooglePacket``) and no long one; those before Q050 are sent in the clear.
  case googleCrypto(UInt8)
  /// The zero of a Version Negotiation packet (RFC 8999, section 6).
  case negotiation
  /// Any other, those reserved to force a negotiation (`0x?a?a?a?a`) among them.
  case unknown(UInt32)

  package init(number: UInt32) {
    switch number {
    case 0x0000_0001: self = .v1
    case 0x6b33_43cf: self = .v2
    case 0x709a_50c4: self = .v2Draft
    case 0xff00_0016...0xff00_0022: self = .draft(UInt8(truncatingIfNeeded: number))
    // mvfst, built on drafts -22 and -27.
    case 0xface_b001: self = .draft(22)
    case 0xface_b002, 0xface_b00e: self = .draft(27)
    case 0x5430_3530: self = .google(50)
    case 0x5430_3531: self = .google(51)
    case 0: self = .negotiation
    default:
      if let google = Self.googleCryptoNumber(number) {
        self = .googleCrypto(google)
      } else {
        self = .unknown(number)
      }
    }
  }

  /// The 46 of `Q046`; nil for what is none of Google's versions from Q012 to Q050.
  static func googleCryptoNumber(_ number: UInt32) -> UInt8? {
    guard number >> 16 == 0x5130 else { return nil }
    let (tens, units) = (number >> 8 & 0xff &- 0x30, number & 0xff &- 0x30)
    guard tens <= 9, units <= 9, case 12...50 = 10 * tens + units else { return nil }
    return UInt8(10 * tens + units)
  }

  /// Initial packets of this version can be opened.
  package var isReadable: Bool {
    switch self {
    case .v1, .v2, .v2Draft, .draft, .google, .googleCrypto(50): true
    case .googleCrypto, .negotiation, .unknown: false
    }
  }

  /// Packets of this version have a long header and carry the hello in the clear.
  package var isInTheClear: Bool {
    if case .googleCrypto(44...49) = self { true } else { false }
  }

  /// Frames of this version are Google's: ``GoogleFrames``.
  package var hasGoogleFrames: Bool {
    switch self {
    case .google, .googleCrypto: true
    default: false
    }
  }

  /// What a version that is not known may be read as, the likeliest first.
  ///
  /// Greased versions that force a negotiation (RFC 9000, section 15) and those of experiments are
  /// mostly a known one under another number; the AEAD's tag tells which. The type bits of an
  /// Initial packet are 0 in version 1 and 1 in version 2.
  ///
  /// - Parameter first: the packet's first octet.
  package static func candidates(first: UInt8) -> [QUICVersion] {
    switch first >> 4 & 3 {
    case 0: [.v1, .draft(29), .draft(28), .draft(22)]
    case 1: [.v2, .v2Draft]
    default: []
    }
  }
}

/// Twenty octets from which Initial secrets are extracted, one value per version.
typealias InitialSalt = InlineArray<20, UInt8>

extension QUICVersion {
  /// The salt of the version's Initial secrets; nil where the version is not known.
  var initialSalt: InitialSalt? {
    switch self {
    case .v2:  // RFC 9369, section 3.3.1
      [
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d,
        0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
      ]
    case .v2Draft:  // draft-ietf-quic-v2-01, section 3.3.1
      [
        0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d, 0x62, 0xca, 0x57, 0x04, 0x06,
        0xea, 0x7a, 0xe3, 0xe5, 0xd3,
      ]
    case .v1, .draft(33...34):  // RFC 9001, section 5.2
      [
        0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c,
        0xad, 0xcc, 0xbb, 0x7f, 0x0a,
      ]
    case .draft(29...32):  // draft-ietf-quic-tls-29, section 5.2
      [
        0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11,
        0xe0, 0x43, 0x90, 0xa8, 0x99,
      ]
    case .draft(23...28):  // draft-ietf-quic-tls-23, section 5.2
      [
        0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63,
        0x65, 0xbe, 0xf9, 0xf5, 0x02,
      ]
    case .draft(22):  // draft-ietf-quic-tls-22, section 5.2
      [
        0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e,
        0xbd, 0x7a, 0x02, 0x64, 0x4a,
      ]
    case .google(50):
      [
        0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43, 0xa2, 0x36,
        0x7c, 0x60, 0x48, 0x83, 0x10,
      ]
    case .google(51):
      [
        0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12, 0x4f, 0xc8,
        0xcc, 0xda, 0x6e, 0x03, 0x3d,
      ]
    case .googleCrypto(50):
      [
        0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94, 0x5c, 0xfc, 0xdb, 0xd3, 0xa7,
        0xf0, 0xd3, 0xb5, 0x6b, 0x45,
      ]
    case .draft, .google, .googleCrypto, .negotiation, .unknown: nil
    }
  }

  /// Labels of the packet protection keys, with the prefix of HKDF-Expand-Label: RFC 9001,
  /// section 5.1, and RFC 9369, section 3.3.2.
  var keyLabels: (key: StaticString, iv: StaticString, headerProtection: StaticString) {
    self == .v2 || self == .v2Draft
      ? ("tls13 quicv2 key", "tls13 quicv2 iv", "tls13 quicv2 hp")
      : ("tls13 quic key", "tls13 quic iv", "tls13 quic hp")
  }
}
