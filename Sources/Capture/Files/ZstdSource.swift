import CZstd

/// A Zstandard file (RFC 8878), also of several frames, decompressed as it is read.
///
/// Memory is bounded by the window a frame asks for, of which libzstd refuses more than 128 MiB,
/// not by how far the data expand. `zstd -19` asks for 8 MiB.
@safe
final class ZstdSource: ByteSource {
  private let file: FileSource
  private let stream: OpaquePointer
  private let input: UnsafeMutableRawBufferPointer
  private var inputCount = 0
  private var inputPosition = 0
  private var inputOffset = 0
  /// libzstd's hint: 0 where a frame has just ended.
  private var expected = 0
  private var fault: CaptureError?

  init(_ file: FileSource) throws(CaptureError) {
    self.file = file
    guard let stream = unsafe ZSTD_createDStream() else {
      throw CaptureError(.unreadable, path: file.path, detail: "libzstd cannot start")
    }
    unsafe self.stream = stream
    unsafe input = .allocate(byteCount: 1 << 17, alignment: 64)
    // Safe: the stream was just created. 2^27 is the library's own default, stated here.
    unsafe _ = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, 27)
  }

  deinit {
    // Safe: both belong to this object alone.
    unsafe _ = ZSTD_freeDStream(stream)
    unsafe input.deallocate()
  }

  func read(into space: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    if let fault { throw fault }
    var output = unsafe ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
    while unsafe output.pos == 0 {
      do {
        guard try unsafe step(&output) else { break }
      } catch {
        guard unsafe output.pos > 0 else { throw error }
        fault = error
      }
    }
    return unsafe output.pos
  }

  /// One round of decompression, with more input where there is none; false at the end.
  private func step(_ output: inout ZSTD_outBuffer) throws(CaptureError) -> Bool {
    if inputPosition == inputCount {
      let count = unsafe try file.read(into: input)
      if count > 0 {
        inputCount = count
        inputPosition = 0
        inputOffset += count
      } else if expected == 0 {
        return false
      }
    }
    // Safe: both structures describe live buffers, and libzstd keeps within them.
    var source = unsafe ZSTD_inBuffer(
      src: input.baseAddress, size: inputCount, pos: inputPosition)
    let hasInput = inputPosition < inputCount
    let result = unsafe ZSTD_decompressStream(stream, &output, &source)
    inputPosition = unsafe source.pos
    if ZSTD_isError(result) != 0 {
      let offset = inputOffset - (inputCount - inputPosition)
      let text = unsafe String(cString: ZSTD_getErrorName(result))
      throw CaptureError(
        .damaged, path: file.path, detail: "zstd data near compressed byte \(offset): \(text)")
    }
    expected = result
    if unsafe !hasInput && output.pos == 0 {
      // What libzstd still held has been flushed, and the frame is not complete.
      throw CaptureError(.cutShort, path: file.path, detail: "the zstd data end within a frame")
    }
    return true
  }
}
