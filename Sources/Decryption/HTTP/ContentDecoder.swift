import CBrotli
import CZlib
import CZstd

/// Takes a content coding off a body as it comes (RFC 9110, section 8.4.1; zstd is RFC 8878, Brotli RFC 7932).
///
/// Memory is what the libraries need for a window, whatever the data expand to: 32 KiB of zlib, at most 8 MiB of zstd and
/// 16 MiB of Brotli; see ``maximumHeldByteCount``.
@safe
final class ContentDecoder {
  enum Coding: String, Sendable, CaseIterable {
    case identity, gzip, deflate, zstd
    case brotli = "br"
  }

  private let coding: Coding
  /// Made when the first octet comes; on the heap, as zlib holds on to its address.
  private var inflater: UnsafeMutablePointer<z_stream>?
  private var zstandard: OpaquePointer?
  private var brotli: OpaquePointer?
  /// What `brotli` has taken; on the heap, as it holds on to the address.
  private var brotliMemory: UnsafeMutablePointer<gnomon_brotli_memory>?
  private var hasEnded = false
  private(set) var hasFailed = false
  private var codedByteCount = 0
  private var decodedByteCount = 0

  /// Decoded octets of one body; more is taken for a bomb.
  static let maximumByteCount = 256 << 20
  /// So many octets may stand for one, beside the first ``freeByteCount``: the work stays in proportion to the capture.
  static let maximumRatio = 500
  static let freeByteCount = 64 << 10
  /// What a decoder holds at most: Brotli a window of 16 MiB, for a moment the half of it from which that grows, and
  /// tables. It gets no more.
  static let maximumHeldByteCount = 28 << 20

  init(_ coding: Coding) { self.coding = coding }

  deinit {
    // Safe: all were made by this object and are used by nobody else; Brotli's memory outlives what uses it.
    if let inflater = unsafe inflater {
      unsafe inflateEnd(inflater)
      unsafe inflater.deallocate()
    }
    if let zstandard = unsafe zstandard { unsafe _ = ZSTD_freeDStream(zstandard) }
    if let brotli = unsafe brotli { unsafe BrotliDecoderDestroyInstance(brotli) }
    if let memory = unsafe brotliMemory { unsafe memory.deallocate() }
  }

  /// Memory of the window and what belongs to it; 40 KiB for zlib (zlib.h).
  var heldByteCount: Int {
    if let stream = unsafe zstandard { return unsafe ZSTD_sizeof_DStream(stream) }
    if let memory = unsafe brotliMemory { return unsafe memory.pointee.held }
    return unsafe inflater == nil ? 0 : 40 << 10
  }

  /// Decodes the next octets; `sink` is called with at most 64 KiB at a time.
  ///
  /// After a fault nothing comes out any more; see ``hasFailed``.
  func decode(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    guard !octets.isEmpty, !hasFailed else { return }
    codedByteCount += octets.count
    switch coding {
    case .identity: sink(octets)
    case .gzip, .deflate: inflate(octets, sink)
    case .zstd: decompress(octets, sink)
    case .brotli: expand(octets, sink)
    }
  }

  private func emit(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    guard !octets.isEmpty else { return }
    decodedByteCount += octets.count
    let mostForSoMany = Self.freeByteCount + Self.maximumRatio * codedByteCount
    guard decodedByteCount <= min(Self.maximumByteCount, mostForSoMany) else {
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

  private func expand(_ octets: ArraySlice<UInt8>, _ sink: (ArraySlice<UInt8>) -> Void) {
    guard !hasEnded, startBrotli(), let state = unsafe brotli else {
      // Nothing follows a Brotli stream.
      hasFailed = true
      return
    }
    let input = Array(octets)
    var output = [UInt8](repeating: 0, count: 65_536)
    var taken = 0
    while !hasFailed {
      var produced = 0
      var result = BROTLI_DECODER_RESULT_ERROR
      unsafe input.withUnsafeBufferPointer { source in
        unsafe output.withUnsafeMutableBufferPointer { target in
          // Safe: the library reads and writes within the counts, which are those of the buffers.
          var next = unsafe source.baseAddress.map { unsafe $0 + taken }
          var left = source.count - taken
          var place = target.baseAddress
          var room = target.count
          result = unsafe BrotliDecoderDecompressStream(
            state, &left, &next, &room, &place, nil)
          (taken, produced) = (source.count - left, target.count - room)
        }
      }
      emit(output[..<produced], sink)
      switch result {
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: continue
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: return
      case BROTLI_DECODER_RESULT_SUCCESS:
        hasEnded = true
        if taken < input.count { hasFailed = true }
        return
      default: hasFailed = true
      }
    }
  }

  private func startBrotli() -> Bool {
    if unsafe brotli != nil { return true }
    let memory = UnsafeMutablePointer<gnomon_brotli_memory>.allocate(capacity: 1)
    unsafe memory.initialize(
      to: gnomon_brotli_memory(held: 0, limit: Self.maximumHeldByteCount))
    // Safe: the memory is freed only after the decoder.
    unsafe brotliMemory = memory
    unsafe brotli = gnomon_brotli_new(memory)
    return unsafe brotli != nil
  }
}
