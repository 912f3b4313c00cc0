internal import CZlib
import WireFormat

/// zlib's form (RFC 1950) of contents whose length is known beforehand.
enum Packing {
  /// - Throws: ``BundleError`` of the kind `damaged` when zlib fails.
  static func pack(_ contents: [UInt8]) throws(BundleError) -> [UInt8] {
    var packed = [UInt8](repeating: 0, count: Int(compressBound(UInt(contents.count))))
    var byteCount = UInt(packed.count)
    let result = unsafe contents.withUnsafeBufferPointer { source in
      unsafe packed.withUnsafeMutableBufferPointer { target in
        // Safe: zlib reads and writes within the counts, which are those of the buffers.
        unsafe compress2(
          target.baseAddress, &byteCount, source.baseAddress, UInt(source.count),
          Z_BEST_COMPRESSION)
      }
    }
    guard result == Z_OK else { throw BundleError(.damaged, "zlib cannot pack it (\(result))") }
    packed.removeLast(packed.count - Int(byteCount))
    return packed
  }

  /// Unpacks exactly `byteCount` octets: no more memory is taken, whatever the data would expand to.
  ///
  /// - Parameter byteCount: compared with its bound already.
  /// - Throws: ``BundleError`` of the kind `damaged` when it is no zlib data, or of another length.
  static func unpack(_ packed: RawSpan, byteCount: Int) throws(BundleError) -> [UInt8] {
    // One octet more, as zlib takes no empty buffer.
    var contents = [UInt8](repeating: 0, count: byteCount + 1)
    var written = UInt(byteCount)
    var taken = UInt(packed.byteCount)
    let result = unsafe packed.withUnsafeBytes { source in
      unsafe contents.withUnsafeMutableBufferPointer { target in
        // Safe: zlib reads and writes within the counts, which are not greater than the buffers.
        unsafe uncompress2(
          target.baseAddress, &written, source.assumingMemoryBound(to: UInt8.self).baseAddress,
          &taken)
      }
    }
    guard result == Z_OK, written == byteCount, taken == packed.byteCount else {
      throw BundleError(
        .damaged, "the packed contents are not \(byteCount) octets in zlib's form (\(result))")
    }
    contents.removeLast()
    return contents
  }
}
