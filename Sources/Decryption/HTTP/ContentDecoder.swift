import CZlib
import CZstd

/// Takes a content coding off a body as it comes (RFC 9110, section 8.4.1; zstd is RFC 8878).
///
/// Memory is what zlib and libzstd need for a window of at most 8 MiB, whatever the data expand to.
@safe
final class ContentDecoder {
  enum Coding: String, Sendable, CaseIterable {
    case identity, gzip, deflate, zstd
  }

  private let coding: Coding
  /// Made when the first octet comes; on the heap, as zlib holds on to its address.
  private var inflater: UnsafeMutablePointer<z_stream>?
  private var zstandard: OpaquePointer?
  private(set) var hasFailed = false
  private var decodedByteCount = 0

  /// Decoded octets of one body; more is taken for a bomb.
  static let maximumByteCount = 256 << 20

  init(_ coding: Coding) { self.coding = coding }

  deinit {
    // Safe: both were made by this object and are used by nobody else.
    if let inflater = unsafe inflater {
      unsafe inflateEnd(inflater)
      unsafe inflater.deallocate()
    }
    if let zstandard = unsafe zstandard { unsafe _ = ZSTD_freeDStream(zstandard) }
  }

  /// Memory of the window and what belongs to it; 40 KiB for zlib (zlib.h).
  var heldByteCount: Int {
    if let stream = unsafe zstandard { return unsafe ZSTD_sizeof_DStream(stream) }
    return unsafe inflater == nil ? 0 : 40 << 10
  }

  /// Decodes the next octets; `sink` is called with at most 64 KiB at a time.
  ///
  /// After a fault nothing comes out any more; see ``hasFailed``.
  func decode(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    guard !octets.isEmpty, !hasFailed else { return }
    switch coding {
    case .identity: sink(octets)
    case .gzip, .deflate: inflate(octets, sink)
    case .zstd: decompress(octets, sink)
    }
  }

  private func emit(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    guard !octets.isEmpty else { return }
    decodedByteCount += octets.count
    guard decodedByteCount <= Self.maximumByteCount else {
      hasFailed = true
      return
    }
    sink(octets)
  }

  private func inflate(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    guard startInflater(first: octets.first), let stream = unsafe inflater else {
      hasFailed = true
      return
    }
    var input = Array(octets)
    var output = [UInt8](repeating: 0, count: 65_536)
    var taken = 0
    while !hasFailed {
      var produced = 0
      var result = Z_OK
      unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe output.withUnsafeMutableBufferPointer { target in
          // Safe: zlib reads and writes within the counts, which are those of the buffers.
          unsafe stream.pointee.next_in = source.baseAddress.map { unsafe $0 + taken }
          unsafe stream.pointee.avail_in = UInt32(source.count - taken)
          unsafe stream.pointee.next_out = target.baseAddress
          unsafe stream.pointee.avail_out = UInt32(target.count)
          result = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
          taken = unsafe source.count - Int(stream.pointee.avail_in)
          produced = unsafe target.count - Int(stream.pointee.avail_out)
        }
      }
      emit(output[..<produced], sink)
      switch result {
      case Z_STREAM_END:
        // Several members may follow one another (RFC 1952, section 2.2).
        guard taken < input.count else { return }
        unsafe inflateReset(stream)
      case Z_OK, Z_BUF_ERROR:
        if taken == input.count, produced < output.count { return }
        if produced == 0, result == Z_BUF_ERROR { return }
      default:
        hasFailed = true
      }
    }
  }

  /// `deflate` is zlib's form, and raw from some servers: the first octet tells (RFC 1950, section 2.2).
  private func startInflater(first: UInt8?) -> Bool {
    if unsafe inflater != nil { return true }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let isRaw = coding == .deflate && (first ?? 0) & 0x0f != 8
    let bits: Int32 = coding == .gzip ? 15 + 16 : isRaw ? -15 : 15
    let result = unsafe inflateInit2_(
      stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      unsafe stream.deallocate()
      return false
    }
    unsafe inflater = stream
    return true
  }

  private func decompress(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    if unsafe zstandard == nil {
      unsafe zstandard = ZSTD_createDStream()
      // Safe: the stream was just made. RFC 8878 asks HTTP for windows of at most 8 MiB.
      if let stream = unsafe zstandard {
        unsafe _ = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 23)
      }
    }
    guard let stream = unsafe zstandard else {
      hasFailed = true
      return
    }
    let input = Array(octets)
    var output = [UInt8](repeating: 0, count: 65_536)
    var taken = 0
    var produced = output.count
    while !hasFailed, taken < input.count || produced == output.count {
      var failed = false
      let before = taken
      unsafe input.withUnsafeBytes { source in
        unsafe output.withUnsafeMutableBytes { target in
          // Safe: both structures describe live buffers, and libzstd keeps within them.
          var from = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: taken)
          var to = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          failed = unsafe ZSTD_isError(ZSTD_decompressStream(stream, &to, &from)) != 0
          (taken, produced) = unsafe (from.pos, to.pos)
        }
      }
      if failed { hasFailed = true }
      emit(output[..<produced], sink)
      if taken == before, produced == 0 { return }
    }
  }
}
