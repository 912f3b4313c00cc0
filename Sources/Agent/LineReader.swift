import Foundation

/// Lines of a stream as they come, in bounded memory.
struct LineReader {
  /// Octets of a line that are kept; what is longer is cut there.
  static let maximumLength = 4_096

  /// Octets of a stream that are read.
  private let maximumByteCount: Int
  private var byteCount = 0
  private let file: FileHandle
  /// As messages name the stream.
  private let name: String
  private var buffer = Data()
  private var isAtEnd = false

  /// - Parameter maximumByteCount: where more comes, reading is an error.
  init(
    _ file: FileHandle, name: String = "standard input", maximumByteCount: Int = .max
  ) {
    (self.file, self.name, self.maximumByteCount) = (file, name, maximumByteCount)
  }

  /// The next line without its end (LF or CR LF), read as UTF-8 with U+FFFD for what is none; nil at the end.
  ///
  /// - Throws: ``AgentError`` when the stream cannot be read, or is too long.
  mutating func next() throws(AgentError) -> String? {
    var line: [UInt8] = []
    while true {
      if let end = buffer.firstIndex(of: 0x0a) {
        append(buffer[..<end], to: &line)
        buffer = buffer[(end + 1)...]
        return text(line)
      }
      append(buffer, to: &line)
      let hadSome = !buffer.isEmpty || !line.isEmpty
      buffer = Data()
      guard !isAtEnd else { return hadSome ? text(line) : nil }
      do {
        buffer = try file.read(upToCount: 65_536) ?? Data()
      } catch {
        throw AgentError("\(name): \(SystemMessage.of(error))", status: .noInput)
      }
      isAtEnd = buffer.isEmpty
      byteCount &+= buffer.count
      guard byteCount <= maximumByteCount else {
        throw AgentError(
          "\(name): expected at most \(maximumByteCount) octets, found more", status: .dataError)
      }
    }
  }

  private func append(_ part: Data, to line: inout [UInt8]) {
    line += part.prefix(Self.maximumLength - line.count)
  }

  private func text(_ line: [UInt8]) -> String {
    String(decoding: line.last == 0x0d ? line.dropLast() : line[...], as: UTF8.self)
  }
}
