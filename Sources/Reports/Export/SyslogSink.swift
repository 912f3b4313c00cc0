internal import Glibc
package import RecordStore

/// A syslog server over UDP (RFC 5426), TCP with octet counting (RFC 6587, section 3.4.1) or TLS (RFC 5425).
///
/// A message is at most 2,048 octets over UDP and 8,192 otherwise, which is what RFC 5424 (6.1) and the usual servers
/// take without a change to their settings; a longer record loses evidence entries until it fits
/// (``RecordFormat/line(for:limit:)``).
///
/// Syslog has no acknowledgement. ``close()`` waits until the server has closed its side of a TCP or TLS connection, which
/// says that it read all of it; what was sent before an error may or may not have arrived.
package struct SyslogSink: RecordSink {
  private let address: SyslogAddress
  private let processID: Int32
  private let connection: any ByteConnection

  /// How long to wait for a connection, a handshake or room to write.
  package static let patience: Duration = .seconds(10)

  /// Resolves, connects, and for TLS shakes hands and verifies.
  package init(
    _ address: SyslogAddress, processID: Int32, patience: Duration = Self.patience
  ) throws(ExportError) {
    self.address = address
    self.processID = processID
    let socket = try Socket(connectingTo: address, patience: patience)
    connection =
      address.transport == .tls
      ? try TLSConnection(over: socket, to: address, patience: patience) : socket
  }

  package var maximumLineLength: Int? {
    let message = address.transport == .udp ? 2_048 : 8_192
    return message - SyslogMessage.maximumHeaderLength
  }

  package func write(_ line: String, about record: UsageRecord) throws(ExportError) {
    let message = Array(SyslogMessage(line, about: record, processID: processID).text.utf8)
    if address.transport == .udp {
      try connection.send(message)
    } else {
      try connection.send(Array("\(message.count) ".utf8) + message)
    }
  }

  package func close() throws(ExportError) { try connection.close() }
}

/// A connection that takes octets in order, or whole datagrams.
protocol ByteConnection: AnyObject {
  /// Sends all of the octets, or throws.
  func send(_ bytes: [UInt8]) throws(ExportError)
  /// Says goodbye and waits for the other side to do so.
  func close() throws(ExportError)
}
