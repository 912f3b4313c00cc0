/// The file formats, told apart by their first octets.
enum CaptureFormat {
  /// The first octets of every capture that is read: pcap in two precisions, the modified one, and
  /// pcapng.
  private static let magics: [[UInt8]] = [
    [0xa1, 0xb2, 0xc3, 0xd4], [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d], [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34], [0x34, 0xcd, 0xb2, 0xa1],
    pcapngMagic,
  ]
  private static let pcapngMagic: [UInt8] = [0x0a, 0x0d, 0x0d, 0x0a]

  /// What people mistake for a capture, or what others call one.
  private static let others: [(magic: [UInt8], name: String)] = [
    ([0x42, 0x5a, 0x68], "bzip2 data; decompress it first"),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz data; decompress it first"),
    ([0x04, 0x22, 0x4d, 0x18], "lz4 data; decompress it first"),
    ([0x50, 0x4b, 0x03, 0x04], "a zip archive; unpack it first"),
    (Array("snoop\0".utf8), "a snoop capture; convert it to pcap first"),
    (Array("GMBU".utf8), "a Network Monitor capture; convert it to pcap first"),
    (Array("RTSS".utf8), "a Network Monitor capture; convert it to pcap first"),
  ]

  /// The scanner for a capture that begins with `head`, and how many octets of it are the file
  /// header.
  ///
  /// - Parameter head: The first 24 octets or more; fewer only where the file has no more.
  static func recognize(
    _ head: [UInt8], path: String
  ) throws(CaptureError) -> (scanner: RecordScanner, headerLength: Int) {
    if head.isEmpty {
      throw CaptureError(.notACapture, path: path, detail: "the file is empty")
    }
    if let other = others.first(where: { head.starts(with: $0.magic) }) {
      throw CaptureError(.unsupported, path: path, detail: other.name)
    }
    guard magics.contains(where: { $0.prefix(head.count) == head.prefix($0.count) }) else {
      let found = head.prefix(4).map { hexadecimal($0) }.joined(separator: " ")
      throw CaptureError(
        .notACapture, path: path, offset: 0,
        detail: "the first octets of a pcap or pcapng file were expected, found \(found)")
    }
    if head.starts(with: pcapngMagic) { return (.blocks(BlockScanner()), 0) }
    let expected = ClassicScanner.fileHeaderLength
    // Safe: octets have no padding.
    guard head.count >= expected,
      let scanner = unsafe try ClassicScanner(header: head.span.bytes, path: path)
    else {
      throw CaptureError(
        .cutShort, path: path, offset: head.count,
        detail: "a file header of \(expected) octets was expected, \(head.count) are there")
    }
    return (.classic(scanner), expected)
  }

  private static func hexadecimal(_ octet: UInt8) -> String {
    let digits = String(octet, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }
}
