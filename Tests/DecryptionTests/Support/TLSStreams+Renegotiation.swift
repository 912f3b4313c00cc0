import Foundation

extension TLSStreams {
  /// Whether OpenSSL's library can be asked to renegotiate, which Python's `ssl` does not offer.
  static let canRenegotiate =
    isPossible
    && (try? run(
      "/usr/bin/env",
      ["python3", "-c", "import ctypes; ctypes.CDLL('libssl.so.3').SSL_renegotiate"])) != nil

  /// A connection of TLS 1.2 that is renegotiated by the server, with another suite each time.
  ///
  /// - Parameters:
  ///   - ciphers: OpenSSL's names of the suites, in turn; the first handshake takes the first.
  ///   - plan: what is said after each handshake.
  init(renegotiating ciphers: [String], plan: [[(isUp: Bool, octets: [UInt8])]]) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("gnomon-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    try Self.run(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-keyout", path("key.pem"), "-out", path("cert.pem"),
      ])
    var lines: [String] = []
    for (cipher, said) in zip(ciphers, plan) {
      lines.append("shake " + cipher)
      lines += said.map { ($0.isUp ? "up " : "down ") + Self.hexadecimal($0.octets) }
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path("plan")))
    try Data(Self.renegotiation.utf8).write(to: URL(fileURLWithPath: path("tls.py")))
    try Self.run("/usr/bin/env", ["python3", path("tls.py"), folder.path])
    try self.init(made: folder)
  }

  static let renegotiation = """
    import ctypes, sys
    folder = sys.argv[1]
    tls, crypto = ctypes.CDLL("libssl.so.3"), ctypes.CDLL("libcrypto.so.3")
    for library, names in ((tls, "TLS_method SSL_CTX_new SSL_new"), (crypto, "BIO_new BIO_s_mem")):
        for name in names.split():
            getattr(library, name).restype = ctypes.c_void_p
    tls.SSL_get_current_cipher.restype = ctypes.c_void_p
    tls.SSL_CIPHER_get_name.restype = ctypes.c_char_p
    pointer = ctypes.c_void_p
    keys, out = open(folder + "/keys", "wb"), open(folder + "/streams", "w")
    @ctypes.CFUNCTYPE(None, pointer, ctypes.c_char_p)
    def log(_, line):
        keys.write(line + b"\\n")
    steps = [line.split() for line in open(folder + "/plan")]
    every = ":".join(step[1] for step in steps if step[0] == "shake")
    ends, bios = [], []
    for is_server in (False, True):
        context = pointer(tls.SSL_CTX_new(pointer(tls.TLS_method())))
        tls.SSL_CTX_ctrl(context, 124, ctypes.c_long(0x0303), None)
        tls.SSL_CTX_set_security_level(context, 0)
        # Neither tickets nor sessions: they would bring the first suite back.
        tls.SSL_CTX_set_options(context, ctypes.c_uint64(1 << 14))
        tls.SSL_CTX_ctrl(context, 44, ctypes.c_long(0), None)
        assert tls.SSL_CTX_set_cipher_list(context, every.encode())
        if is_server:
            tls.SSL_CTX_use_certificate_file(context, (folder + "/cert.pem").encode(), 1)
            tls.SSL_CTX_use_PrivateKey_file(context, (folder + "/key.pem").encode(), 1)
        else:
            tls.SSL_CTX_set_keylog_callback(context, log)
        end = pointer(tls.SSL_new(context))
        pair = [pointer(crypto.BIO_new(pointer(crypto.BIO_s_mem()))) for _ in range(2)]
        tls.SSL_set_bio(end, *pair)
        (tls.SSL_set_accept_state if is_server else tls.SSL_set_connect_state)(end)
        ends.append(end)
        bios.append(pair)
    buffer = ctypes.create_string_buffer(1 << 20)
    # Carries what one end has written to the other, and notes it.
    def tap(end):
        count = crypto.BIO_read(bios[end][1], buffer, len(buffer))
        if count > 0:
            out.write(("down ", "up ")[end == 0] + buffer.raw[:count].hex() + "\\n")
            crypto.BIO_write(bios[1 - end][0], buffer.raw[:count], count)
        return count > 0
    def shake():
        moved = True
        while moved:
            moved = False
            for end in (0, 1):
                tls.SSL_do_handshake(ends[end])
                tls.SSL_read(ends[end], buffer, len(buffer))
                moved = tap(end) or moved
    began = False
    for way, what in steps:
        if way == "shake":
            assert tls.SSL_set_cipher_list(ends[1], what.encode())
            if began:
                assert tls.SSL_renegotiate(ends[1])
            began = True
            shake()
            name = tls.SSL_CIPHER_get_name(pointer(tls.SSL_get_current_cipher(ends[0]))).decode()
            assert name == what, name
        else:
            end, octets = (0 if way == "up" else 1), bytes.fromhex(what)
            assert tls.SSL_write(ends[end], octets, len(octets)) == len(octets)
            tap(end)
            got = 0
            while got < len(octets):
                count = tls.SSL_read(ends[1 - end], buffer, len(buffer))
                assert count > 0
                got += count
    keys.close()
    out.close()
    """
}
