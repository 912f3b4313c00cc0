/// Where an export goes, as the command line names it.
///
/// | text | destination |
/// |---|---|
/// | `-` | standard output |
/// | `PATH` | a file, appended to |
/// | `syslog://HOST[:PORT]` | syslog over UDP (RFC 5426), port 514 |
/// | `syslog+tcp://HOST[:PORT]` | over TCP with octet counting (RFC 6587), port 601 |
/// | `syslog+tls://HOST[:PORT][?ca=FILE]` | over TLS (RFC 5425), port 6514; `ca` replaces the system's CAs |
///
/// An IPv6 address stands in brackets: `syslog://[2001:db8::1]:514`.
package enum ExportDestination: Equatable, Sendable {
  case standardOutput
  case file(path: String)
  case syslog(SyslogAddress)

  /// - Throws: ``ExportError`` of kind `destination` when a `…://` text is none of the above.
  package init(parsing text: String) throws(ExportError) {
    if text == "-" {
      self = .standardOutput
    } else if let address = try SyslogAddress(parsing: text) {
      self = .syslog(address)
    } else if text.isEmpty || text.contains("://") {
      throw ExportError(
        .destination, text.isEmpty ? "destination" : text,
        "expected -, a path, syslog://, syslog+tcp:// or syslog+tls://")
    } else {
      self = .file(path: text)
    }
  }

  /// Opens or connects.
  ///
  /// - Parameter processID: For the syslog header.
  package func open(processID: Int32) throws(ExportError) -> any RecordSink {
    switch self {
    case .standardOutput: FileSink.standardOutput()
    case .file(let path): try FileSink(appendingTo: path)
    case .syslog(let address): try SyslogSink(address, processID: processID)
    }
  }
}

/// A syslog server and the transport to it.
package struct SyslogAddress: Equatable, Sendable, CustomStringConvertible {
  package enum Transport: String, Sendable, CaseIterable {
    case udp = "syslog"
    case tcp = "syslog+tcp"
    case tls = "syslog+tls"

    var defaultPort: UInt16 {
      switch self {
      case .udp: 514
      case .tcp: 601
      case .tls: 6_514
      }
    }
  }

  package var transport: Transport
  /// A name or an address, without brackets.
  package var host: String
  package var port: UInt16
  /// PEM file of the certificate authorities to trust instead of the system's.
  package var authorityFile: String?

  package init(
    transport: Transport, host: String, port: UInt16? = nil, authorityFile: String? = nil
  ) {
    self.transport = transport
    self.host = host
    self.port = port ?? transport.defaultPort
    self.authorityFile = authorityFile
  }

  /// Nil when the text has another scheme or none.
  package init?(parsing text: String) throws(ExportError) {
    guard let colon = text.firstRange(of: "://"),
      let transport = Transport(rawValue: String(text[..<colon.lowerBound]))
    else { return nil }
    func failure(_ detail: String) -> ExportError { ExportError(.destination, text, detail) }

    let parts = text[colon.upperBound...].split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var authority = parts[0]
    if authority.hasSuffix("/") { authority.removeLast() }
    let host: Substring
    let rest: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw failure("a ] is missing") }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority[host.endIndex...]
    }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" }) else {
      throw failure("expected a host after ://")
    }
    var port: UInt16?
    if !rest.isEmpty {
      guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 else {
        throw failure("expected a port from 1 to 65535 after the host")
      }
      port = number
    }
    var authorityFile: String?
    if parts.count == 2 {
      guard transport == .tls, parts[1].hasPrefix("ca="), parts[1].count > 3 else {
        throw failure("expected ?ca=FILE, and that for syslog+tls only")
      }
      authorityFile = String(parts[1].dropFirst(3))
    }
    self.init(
      transport: transport, host: String(host), port: port, authorityFile: authorityFile)
  }

  package var description: String {
    "\(transport.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
