/// Certificates and the server's messages around them, made by hand.
enum CertificateSample {
  static func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
    contents.count < 128
      ? [tag, UInt8(contents.count)] + contents
      : [tag, 0x83, UInt8(contents.count >> 16)] + Frames.octets16(contents.count) + contents
  }

  /// A certificate of these alternative names, with a public key of `padding` octets.
  static func certificate(_ names: [String], padding: Int = 64) -> [UInt8] {
    let list = names.flatMap { element(0x82, Array($0.utf8)) }
    let alternative = element(
      0x30, [6, 3, 0x55, 0x1d, 0x11] + element(4, element(0x30, list)))
    let key = element(0x30, [UInt8](repeating: 5, count: padding))
    let empty = element(0x30, [])
    let body =
      element(0xa0, [2, 1, 2]) + [2, 1, 7] + empty + empty + empty + empty + key
      + element(0xa3, element(0x30, alternative))
    return element(0x30, element(0x30, body) + empty + [3, 1, 0])
  }

  /// A Certificate message with this and another certificate.
  static func message(_ certificate: [UInt8]) -> [UInt8] {
    func three(_ count: Int) -> [UInt8] { [UInt8(count >> 16)] + Frames.octets16(count) }
    let list = three(certificate.count) + certificate + three(4) + [1, 2, 3, 4]
    return [11] + three(list.count + 3) + three(list.count) + list
  }

  /// The server's first messages under TLS 1.2: ServerHello, Certificate, ServerHelloDone.
  static func flight(_ certificate: [UInt8]) -> [UInt8] {
    let hello = Array(TLSSample.serverHello(isTLS13: false, cipherSuite: 0xc02f).dropFirst(5))
    return hello + message(certificate) + [14, 0, 0, 0]
  }
}
