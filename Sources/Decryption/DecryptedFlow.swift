package import WireFormat

/// One TCP flow of which the keys may be known: its octets in order go in, exchanges come out.
///
/// Plaintext lives in memory while its message does, at most ``maximumHeldByteCount`` octets of it for a flow.
package final class DecryptedFlow {
  /// What became of a flow.
  package enum Outcome: String, Sendable, CaseIterable {
    case read = "decrypted"
    case noSecrets = "not in the key log"
    case secretsIncomplete = "without the secrets of their application data"
    case unsupported = "with a TLS version or cipher suite that is not decrypted"
    case noHandshake = "whose handshake was not captured"
    case renegotiated = "that renegotiated to keys which are not known"
    case webSocket = "decrypted, that went over to WebSocket, whose messages are not read"
    case broken = "broken off: octets missing, or keys that do not fit"
    case otherProtocol = "decrypted, that are neither HTTP/1.1 nor HTTP/2"
    case tooMuch = "given up for their memory"
  }

  private enum Content {
    /// The first octets decide.
    case undecided([(octets: [UInt8], isUp: Bool, at: Timestamp)])
    case http1(HTTP1Connection)
    case http2(HTTP2Connection)
    case other
    /// HTTP/1.1 that was left by an upgrade.
    case webSocket
    /// It held too much.
    case tooMuch
  }

  private var session = TLSSession()
  private var content = Content.undecided([])

  /// Of a flow, as it is found after each frame of HTTP/2 and each piece of HTTP/1: while one is worked on, its message may
  /// grow by what ``ReplyReader/maximumDocumentByteCount`` and ``ContentDecoder/maximumHeldByteCount`` allow.
  package static let maximumHeldByteCount = 40 << 20

  package init() {}

  /// Octets held.
  package var heldByteCount: Int {
    switch content {
    case .undecided(let parts): session.heldByteCount + parts.reduce(0) { $0 + $1.octets.count }
    case .http1(let connection): session.heldByteCount + connection.heldByteCount
    case .http2(let connection): session.heldByteCount + connection.heldByteCount
    case .other, .webSocket, .tooMuch: session.heldByteCount
    }
  }

  /// Nothing more will come of this flow.
  package var isOver: Bool {
    if case .failed = session.state { return true }
    return switch content {
    case .other, .webSocket, .tooMuch: true
    case .undecided, .http1, .http2: false
    }
  }

  /// Takes the next octets of one direction.
  ///
  /// - Parameter ended: called with each exchange whose response is over.
  package func read(
    _ bytes: RawSpan, isUp: Bool, at time: Timestamp, log: KeyLog, box: CipherBox,
    ended: (Exchange) -> Void
  ) {
    guard !isOver else { return }
    var content = content
    self.content = .other
    session.read(bytes, isUp: isUp, at: time, log: log, box: box) { octets, isUp, time in
      Self.take(octets, isUp: isUp, at: time, &content, ended)
    }
    self.content = content
    if heldByteCount > Self.maximumHeldByteCount { self.content = .tooMuch }
  }

  /// Notes that octets of a direction are missing.
  package func lose() {
    guard !isOver else { return }
    session.lose()
    content = .undecided([])
  }

  /// The connection has ended.
  package func finish(ended: (Exchange) -> Void) {
    if case .http1(var connection) = content, !isOver {
      content = .undecided([])
      connection.finish(ended: ended)
      content = .http1(connection)
    }
  }

  package var outcome: Outcome {
    if case .tooMuch = content { return .tooMuch }
    switch session.state {
    case .failed(.noSecrets): return .noSecrets
    case .failed(.secretsIncomplete): return .secretsIncomplete
    case .failed(.unsupported): return .unsupported
    case .failed(.noHandshake), .handshaking: return .noHandshake
    case .failed(.renegotiated): return .renegotiated
    case .failed(.broken): return .broken
    case .open: break
    }
    return switch content {
    case .other: .otherProtocol
    case .webSocket: .webSocket
    case .undecided, .http1, .http2, .tooMuch: .read
    }
  }

  private static func take(
    _ octets: [UInt8], isUp: Bool, at time: Timestamp, _ content: inout Content,
    _ ended: (Exchange) -> Void
  ) {
    switch content {
    case .undecided(var parts):
      content = .other
      parts.append((octets, isUp, time))
      // The server's SETTINGS may come before the client's preface (RFC 9113, section 3.4).
      let first = parts.filter(\.isUp).flatMap(\.octets).prefix(4)
      guard first.count == 4 else {
        if parts.count <= 16 { content = .undecided(parts) }
        return
      }
      content =
        first.elementsEqual("PRI ".utf8) ? .http2(HTTP2Connection()) : .http1(HTTP1Connection())
      for part in parts { take(part.octets, isUp: part.isUp, at: part.at, &content, ended) }
    case .http1(var connection):
      content = .other
      connection.read(octets, isUp: isUp, at: time, ended: ended)
      if !connection.hasFailed {
        content = .http1(connection)
      } else if connection.isWebSocket {
        content = .webSocket
      }
    case .http2(var connection):
      content = .other
      connection.read(octets, isUp: isUp, at: time, ended: ended)
      if connection.isTooMuch {
        content = .tooMuch
      } else if !connection.hasFailed {
        content = .http2(connection)
      }
    case .other, .webSocket, .tooMuch: break
    }
  }
}
