import Glibc

/// Where the octets of a capture come from: plain, or decompressed on the way.
protocol ByteSource: AnyObject {
  /// Writes the next octets into `space`, at least one, and returns how many; 0 at the end.
  ///
  /// Everything before a fault is delivered before the fault is thrown.
  func read(into space: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int
}

/// Opens `path`, `-` being standard input, and sees by the first octets whether it is compressed.
func openByteSource(path: String) throws(CaptureError) -> any ByteSource {
  let plain = try FileSource(path: path)
  let magic = try plain.peek(4)
  switch magic {
  case _ where magic.starts(with: [0x1f, 0x8b]):
    return try GzipSource(plain)
  case _ where magic.starts(with: [0x28, 0xb5, 0x2f, 0xfd]):
    return try ZstdSource(plain)
  default:
    return plain
  }
}

/// The text of an error number, as `strerror` has it.
func systemText(_ code: Int32) -> String {
  // Safe: strerror returns a C string for every number, which is copied at once.
  guard let text = unsafe strerror(code) else { return "error \(code)" }
  return unsafe String(cString: text)
}
