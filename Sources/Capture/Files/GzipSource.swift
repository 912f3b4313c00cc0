import CZlib

/// A gzip file (RFC 1952), also of several members, decompressed as it is read.
///
/// Memory is what zlib needs (about 44 kB) and one input buffer, however far the data expand.
@safe
final class GzipSource: ByteSource {
  private let file: FileSource
  /// On the heap, as zlib holds on to its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var inputOffset = 0
  private var isBetweenMembers = false
  private var isFinished = false
  private var fault: CaptureError?

  init(_ file: FileSource) throws(CaptureError) {
    self.file = file
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe input = .allocate(byteCount: 1 << 17, alignment: 64)
    // 15 + 16: the largest window, and a gzip header.
    let result = unsafe inflateInit2_(
      stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      throw CaptureError(.unreadable, path: file.path, detail: "zlib cannot start (\(result))")
    }
  }

  deinit {
    // Safe: both were allocated by `init`, and are used by nobody else.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  func read(into space: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    if let fault { throw fault }
    let room = min(space.count, Int(UInt32.max))
    unsafe stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(room)
    // Safe throughout: zlib writes within avail_out and reads within avail_in, which describe the
    // two buffers.
    while unsafe Int(stream.pointee.avail_out) == room, !isFinished {
      do {
        try step()
      } catch {
        let produced = unsafe room - Int(stream.pointee.avail_out)
        guard produced > 0 else { throw error }
        fault = error
        return produced
      }
    }
    return unsafe room - Int(stream.pointee.avail_out)
  }

  /// One round of inflate, with more input where there is none.
  private func step() throws(CaptureError) {
    if unsafe stream.pointee.avail_in == 0 {
      let count = unsafe try file.read(into: input)
      guard count > 0 else {
        guard isBetweenMembers else {
          throw CaptureError(
            .cutShort, path: file.path, detail: "the gzip data end before their trailer")
        }
        isFinished = true
        return
      }
      inputOffset += count
      unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_in = UInt32(count)
    }
    if isBetweenMembers {
      // gzip(1) too ignores what follows the last member and is none, such as padding.
      guard unsafe stream.pointee.next_in.pointee == 0x1f else {
        isFinished = true
        return
      }
      isBetweenMembers = false
    }
    switch unsafe inflate(stream, Z_NO_FLUSH) {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      unsafe inflateReset(stream)
      isBetweenMembers = true
    default:
      let text = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "unknown reason"
      let offset = unsafe inputOffset - Int(stream.pointee.avail_in)
      throw CaptureError(
        .damaged, path: file.path, detail: "gzip data near compressed byte \(offset): \(text)")
    }
  }
}
