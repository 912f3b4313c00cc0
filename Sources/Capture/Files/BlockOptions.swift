/// A walk over the options at the end of a pcapng block.
///
///     option: code u16 · length u16 · value, padded to 32 bits;   code 0 ends the list
///
/// A value that runs past the block ends the walk.
struct BlockOptions {
  struct Option {
    let code: UInt16
    /// Where the value lies in the scanned octets.
    let offset: Int
    let length: Int
  }

  private var position: Int
  private let end: Int
  private let swapped: Bool

  init(from start: Int, to end: Int, swapped: Bool) {
    self.position = start
    self.end = end
    self.swapped = swapped
  }

  mutating func next(in bytes: RawSpan) -> Option? {
    guard end - position >= 4 else { return nil }
    let code = bytes.number16(at: position, swapped: swapped)
    let length = Int(bytes.number16(at: position + 2, swapped: swapped))
    guard code != 0, length <= end - position - 4 else { return nil }
    defer { position += 4 + (length + 3) & ~3 }
    return Option(code: code, offset: position + 4, length: length)
  }
}
