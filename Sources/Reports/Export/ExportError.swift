internal import Glibc

/// Why records could not be exported. One line each, naming the destination.
package struct ExportError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// The destination's text is not one that gnomon knows.
    case destination
    /// A file or standard output could not be opened or written.
    case file
    case nameResolution
    /// Refused, unreachable, or closed by the other side.
    case connection
    case timeout
    /// The TLS handshake failed: certificate, host name, protocol.
    case tls
    /// The record does not fit the destination's largest message.
    case tooLong
  }

  package var kind: Kind
  package var destination: String
  package var detail: String

  package init(_ kind: Kind, _ destination: String, _ detail: String) {
    self.kind = kind
    self.destination = destination
    self.detail = detail
  }

  package var description: String { "\(destination): \(detail)" }

  /// What the system says about an error number.
  static func words(_ number: Int32) -> String {
    // Safe: strerror returns a terminated string, copied here before any other call.
    unsafe String(cString: strerror(number))
  }
}
