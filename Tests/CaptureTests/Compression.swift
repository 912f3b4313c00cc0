import CZlib
import CZstd

/// Compressed forms of octets, as gzip(1) and zstd(1) make them.
enum Compression {
  /// One gzip member.
  static func gzip(_ octets: [UInt8]) -> [UInt8] {
    // Safe throughout: the structure and both arrays outlive the calls, and the output is as
    // large as zlib asks.
    var stream = unsafe z_stream()
    unsafe deflateInit2_(
      &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    var output = [UInt8](
      repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(octets.count))))
    var input = octets
    unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { space in
        unsafe stream.next_in = source.baseAddress
        unsafe stream.avail_in = UInt32(source.count)
        unsafe stream.next_out = space.baseAddress
        unsafe stream.avail_out = UInt32(space.count)
        unsafe deflate(&stream, Z_FINISH)
      }
    }
    unsafe output.removeLast(Int(stream.avail_out))
    unsafe deflateEnd(&stream)
    return output
  }

  /// One Zstandard frame.
  static func zstd(_ octets: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(octets.count))
    // Safe: both arrays outlive the call and have the sizes given.
    let count = unsafe ZSTD_compress(&output, output.count, octets, octets.count, 3)
    return Array(output[..<count])
  }
}
