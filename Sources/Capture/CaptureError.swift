/// Why a capture cannot be read, or not further: always one line that names the file or interface.
package struct CaptureError: Error, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// Missing, no permission, a folder, an I/O error: `detail` is the system's text.
    case unreadable
    /// The first octets are those of no capture.
    case notACapture
    /// The capture ends within a record.
    case cutShort
    /// A length or field that cannot be; what follows it cannot be found.
    case damaged
    /// A frame that was left out; reading goes on after it.
    case skippedFrame
    /// A format or version that is known and not read.
    case unsupported
    case noSuchInterface
    case noPermission
    /// The interface is, or went, down or away.
    case interfaceDown
    /// A capture filter that libpcap does not understand.
    case badFilter
    /// Anything else that libpcap reports of a live interface.
    case liveCapture
  }

  package let kind: Kind
  /// The file as it was given (`-` for standard input), or the interface.
  package let path: String
  /// Octets from the start of the capture, after decompression.
  package let offset: Int?
  /// The frame at or before which reading ended, counted from 1.
  package let packetNumber: Int?
  /// What was expected, and what is there.
  package let detail: String

  package init(
    _ kind: Kind, path: String, offset: Int? = nil, packetNumber: Int? = nil, detail: String
  ) {
    self.kind = kind
    self.path = path
    self.offset = offset
    self.packetNumber = packetNumber
    self.detail = detail
  }

  /// One line: `a.pcap: cut short at byte 1234 (packet 17): …`.
  package var description: String {
    var line = path == "-" ? "standard input" : path
    line += ": " + headline
    if let offset { line += " at byte \(offset)" }
    if let packetNumber { line += " (packet \(packetNumber))" }
    line += ": " + detail
    // A path or a text of the system may hold anything; the line stays one line.
    return String(line.map { $0.isNewline ? " " : $0 })
  }

  private var headline: String {
    switch kind {
    case .unreadable: "cannot be read"
    case .notACapture: "not a capture"
    case .cutShort: "cut short"
    case .damaged: "damaged"
    case .skippedFrame: "skipped a frame"
    case .unsupported: "not supported"
    case .noSuchInterface: "no such interface"
    case .noPermission: "no permission"
    case .interfaceDown: "interface is down"
    case .badFilter: "bad capture filter"
    case .liveCapture: "capture failed"
    }
  }
}
