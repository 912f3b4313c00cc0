internal import COpenSSL
internal import Glibc

/// TLS 1.2 or 1.3 over a ``Socket``, with the server's certificate and name verified.
///
/// OpenSSL works on two memory buffers, and the socket moves the octets: so writes keep their time limit and cannot
/// raise SIGPIPE, which OpenSSL's own socket writes could.
///
/// Safe: the four pointers are private, made in `init`, used only while the instance lives, and freed once.
@safe final class TLSConnection: ByteConnection {
  private let destination: String
  private let socket: Socket
  private let patience: Duration
  private let context: OpaquePointer
  private let session: OpaquePointer
  /// Owned by the session: what came from the server, and what is to go to it.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer

  /// Shakes hands.
  ///
  /// - Throws: ``ExportError`` of kind `tls` saying what is wrong with the certificate, the name or the protocol.
  init(
    over socket: Socket, to address: SyslogAddress, patience: Duration
  ) throws(ExportError) {
    destination = address.description
    self.socket = socket
    self.patience = patience
    // Safe: these functions return null or an object that this instance owns and frees once, in `deinit`; the buffers
    // are freed with the session that they are given to.
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
      throw ExportError(.tls, destination, "OpenSSL: no context")
    }
    guard let session = unsafe SSL_new(context), let incoming = unsafe BIO_new(BIO_s_mem()),
      let outgoing = unsafe BIO_new(BIO_s_mem())
    else {
      unsafe SSL_CTX_free(context)
      throw ExportError(.tls, destination, "OpenSSL: no session")
    }
    unsafe (self.context, self.session) = unsafe (context, session)
    unsafe (self.incoming, self.outgoing) = unsafe (incoming, outgoing)
    unsafe SSL_set_bio(session, incoming, outgoing)
    try trust(address.authorityFile)
    try expect(address.host)
    try shakeHands()
  }

  deinit {
    unsafe SSL_free(session)
    unsafe SSL_CTX_free(context)
  }

  func send(_ bytes: [UInt8]) throws(ExportError) {
    try readWhatCame()
    var sent = 0
    while sent < bytes.count {
      // Safe: the pointer and the count are those of the live slice.
      let count = unsafe bytes[sent...].withUnsafeBytes { rest in
        unsafe SSL_write(session, rest.baseAddress, Int32(clamping: rest.count))
      }
      // A memory buffer takes everything, so a write never has to wait.
      guard count > 0 else { throw failure("cannot send", count) }
      sent += Int(count)
      try pushOut()
    }
  }

  /// Sends close_notify (RFC 5425, section 4.4), then ends the connection.
  ///
  /// A TLS 1.3 server that refuses us (it wants a client certificate, say) says so only after our side of the handshake is
  /// done, so its alert may come this late.
  func close() throws(ExportError) {
    _ = unsafe SSL_shutdown(session)
    try pushOut()
    try socket.close(reading: feed)
    let (count, reason) = readNothing()
    if reason == SSL_ERROR_SSL { throw failure("the server refused", count) }
  }

  // MARK: Verification

  private func trust(_ authorityFile: String?) throws(ExportError) {
    _ = unsafe gnomon_SSL_CTX_set_min_proto_version(context, Int32(TLS1_2_VERSION))
    if let authorityFile {
      // Safe: the string lives through the call.
      guard unsafe SSL_CTX_load_verify_file(context, authorityFile) == 1 else {
        throw ExportError(
          .tls, destination, "\(authorityFile): no certificates could be read from it")
      }
    } else {
      guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
        throw ExportError(.tls, destination, "the system's certificate authorities cannot be read")
      }
    }
    unsafe SSL_set_verify(session, SSL_VERIFY_PEER, nil)
  }

  private func expect(_ host: String) throws(ExportError) {
    let parameters = unsafe SSL_get0_param(session)
    // Safe: the strings live through the calls; OpenSSL copies them.
    if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return }
    unsafe SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    guard unsafe SSL_set1_host(session, host) == 1,
      unsafe gnomon_SSL_set_tlsext_host_name(session, host) == 1
    else { throw ExportError(.tls, destination, "\(host) is no host name") }
  }

  private func shakeHands() throws(ExportError) {
    let deadline = ContinuousClock.now + patience
    while true {
      ERR_clear_error()
      let status = unsafe SSL_connect(session)
      let reason = unsafe SSL_get_error(session, status)
      // Also an alert that says why we refuse.
      try pushOut()
      if status == 1 { return }
      guard reason == SSL_ERROR_WANT_READ else { throw failure("TLS handshake failed", status) }
      guard let bytes = try socket.receive(until: deadline) else {
        throw ExportError(.tls, destination, "TLS handshake failed: the server hung up")
      }
      guard !bytes.isEmpty else {
        throw ExportError(.timeout, destination, "TLS handshake: no answer within \(patience)")
      }
      feed(bytes)
    }
  }

  // MARK: Moving octets

  private func pushOut() throws(ExportError) {
    var bytes = [UInt8](repeating: 0, count: 16_384)
    while true {
      // Safe: the pointer and the count are those of the live array.
      let count = unsafe bytes.withUnsafeMutableBytes { room in
        unsafe BIO_read(outgoing, room.baseAddress, Int32(room.count))
      }
      guard count > 0 else { return }
      try socket.send(Array(bytes.prefix(Int(count))))
    }
  }

  /// Takes in what the server has sent since (session tickets, alerts, its goodbye) without waiting.
  private func readWhatCame() throws(ExportError) {
    while let bytes = try socket.receive(until: .now), !bytes.isEmpty { feed(bytes) }
    let (count, reason) = readNothing()
    if reason == SSL_ERROR_ZERO_RETURN {
      throw ExportError(.connection, destination, "the server closed the connection")
    }
    if count <= 0, reason != SSL_ERROR_WANT_READ { throw failure("connection lost", count) }
  }

  /// Moves the session on. A syslog server sends no data, so there is nothing to read but what TLS itself says.
  private func readNothing() -> (count: Int32, reason: Int32) {
    ERR_clear_error()
    var octet: UInt8 = 0
    // Safe: one octet of room, as the count says.
    let count = unsafe SSL_read(session, &octet, 1)
    return (count, unsafe SSL_get_error(session, count))
  }

  private func feed(_ bytes: [UInt8]) {
    // Safe: the pointer and the count are those of the live array; a memory buffer takes everything.
    _ = unsafe bytes.withUnsafeBytes { all in
      unsafe BIO_write(incoming, all.baseAddress, Int32(clamping: all.count))
    }
  }

  private func failure(_ what: String, _ status: Int32) -> ExportError {
    let verification = unsafe SSL_get_verify_result(session)
    if verification != Int(X509_V_OK) {
      // Safe: the function returns a terminated constant string, copied here.
      let words = unsafe String(cString: X509_verify_cert_error_string(verification))
      return ExportError(.tls, destination, "the server's certificate is not accepted: \(words)")
    }
    let code = ERR_get_error()
    guard code != 0 else { return ExportError(.tls, destination, what) }
    // Safe: null or a terminated constant string, copied here.
    let words = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
    return ExportError(.tls, destination, "\(what): \(words ?? "OpenSSL error \(code)")")
  }
}
