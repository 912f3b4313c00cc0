import CPacket
import Glibc

/// The blocks of a ring, mapped into memory; each belongs to the kernel or to us.
@safe
struct RingMemory: ~Copyable {
  let blockByteCount: Int
  let blockCount: Int
  private let base: UnsafeMutableRawPointer

  /// Maps the ring that the socket has been given.
  init(of socket: borrowing PacketSocket, blockByteCount: Int, blockCount: Int) throws(CaptureError)
  {
    self.blockByteCount = blockByteCount
    self.blockCount = blockCount
    // Safe: the kernel maps so many octets anew, or says that it has not.
    let mapped = unsafe mmap(
      nil, blockByteCount * blockCount, PROT_READ | PROT_WRITE, MAP_SHARED, socket.descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      throw CaptureError(
        .liveCapture, path: socket.interface,
        detail: "the ring cannot be mapped: \(systemText(errno))")
    }
    unsafe base = mapped
  }

  deinit {
    // Safe: mapped by `init` with these octets, and nothing outlives it.
    unsafe munmap(base, blockByteCount * blockCount)
  }

  /// Whether the kernel has handed over the block at `index`.
  func isOurs(_ index: Int) -> Bool {
    // Safe: a block begins with its description.
    unsafe gnomon_block_status(start(of: index)) & UInt32(TP_STATUS_USER) != 0
  }

  /// Copies frames of a block that is ours.
  ///
  /// - Parameter frames: what is left of the block; nil to begin with it.
  func take(
    _ frames: inout RingBlock?, of index: Int, _ kind: RingBlock.Kind,
    into batch: inout FrameBatch
  ) -> RingBlock.Outcome {
    // Safe: `start` has checked that the block lies within the mapping, which lives as long as this call; the kernel does
    // not write it until it is released.
    let block = unsafe RawSpan(_unsafeStart: start(of: index), byteCount: blockByteCount)
    var rest = frames ?? RingBlock(block)
    let outcome = rest.take(from: block, kind, into: &batch)
    frames = outcome == .batchIsFull ? rest : nil
    return outcome
  }

  /// Hands a block back to the kernel, to be filled anew.
  func release(_ index: Int) {
    unsafe gnomon_block_release(start(of: index))  // Safe: as for `isOurs`.
  }

  private func start(of index: Int) -> UnsafeMutableRawPointer {
    precondition(index >= 0 && index < blockCount)
    return unsafe base + index * blockByteCount
  }
}
