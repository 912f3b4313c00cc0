import Foundation
import Glibc

/// The octets of a real TLS connection and its key log, made by OpenSSL through Python's `ssl` in memory: no socket, no
/// capture, no rights needed.
struct TLSStreams {
  /// In the order in which they were sent.
  var parts: [(isUp: Bool, octets: [UInt8])] = []
  var keyLog: [UInt8] = []

  static let isPossible =
    (try? run("/usr/bin/env", ["python3", "-c", "import ssl; ssl.SSLContext.keylog_filename"]))
    != nil
    && FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  /// - Parameters:
  ///   - version: `1.2` or `1.3`.
  ///   - cipher: OpenSSL's name of the suite.
  ///   - serverName: what the client asks for.
  ///   - plan: what is said, in order.
  init(
    version: String, cipher: String, serverName: String = "localhost",
    plan: [(isUp: Bool, octets: [UInt8])]
  ) throws {
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
    let lines = plan.map { ($0.isUp ? "up " : "down ") + Self.hexadecimal($0.octets) }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path("plan")))
    try Data(Self.script.utf8).write(to: URL(fileURLWithPath: path("tls.py")))
    try Self.run(
      "/usr/bin/env", ["python3", path("tls.py"), folder.path, version, cipher, serverName])
    try self.init(made: folder)
  }

  /// What a script has left in a folder.
  init(made folder: URL) throws {
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let text = try String(contentsOfFile: path("streams"), encoding: .utf8)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      parts.append((words[0] == "up", Self.octets(words[1])))
    }
    keyLog = Array(try Data(contentsOf: URL(fileURLWithPath: path("keys"))))
  }

  static let script = """
    import os, ssl, sys
    folder, version, cipher, name = sys.argv[1:]
    tls13 = version == "1.3"
    if tls13 and os.environ.get("OPENSSL_CONF") != folder + "/openssl.cnf":
        with open(folder + "/openssl.cnf", "w") as file:
            file.write("openssl_conf = a\\n[a]\\nssl_conf = b\\n[b]\\nsystem_default = c\\n[c]\\n")
            file.write("Ciphersuites = " + cipher + "\\n")
        os.environ["OPENSSL_CONF"] = folder + "/openssl.cnf"
        os.execv(sys.executable, [sys.executable] + sys.argv)
    number = ssl.TLSVersion.TLSv1_3 if tls13 else ssl.TLSVersion.TLSv1_2
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    for context in (server, client):
        context.minimum_version = context.maximum_version = number
        if not tls13:
            context.set_ciphers(cipher + ":@SECLEVEL=0")
    client.keylog_filename = folder + "/keys"
    into, from_ = [ssl.MemoryBIO(), ssl.MemoryBIO()], [ssl.MemoryBIO(), ssl.MemoryBIO()]
    ends = [client.wrap_bio(into[0], from_[0], server_hostname=name),
            server.wrap_bio(into[1], from_[1], server_side=True)]
    out = open(folder + "/streams", "w")
    def shake(end):
        try:
            ends[end].do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False
    # Carries what one end has written to the other, and notes it.
    def tap(end):
        octets = from_[end].read()
        if octets:
            out.write(("down ", "up ")[end == 0] + octets.hex() + "\\n")
            into[1 - end].write(octets)
    done = [False, False]
    while not all(done):
        for end in (0, 1):
            if not done[end]:
                done[end] = shake(end)
            tap(end)
    for line in open(folder + "/plan"):
        way, octets = line.split()
        end = 0 if way == "up" else 1
        ends[end].write(bytes.fromhex(octets))
        tap(end)
        got = 0
        while got < len(octets) // 2:
            got += len(ends[1 - end].read(65536))
        tap(1 - end)
    assert ends[0].cipher()[0] == cipher, ends[0].cipher()
    """

  static func hexadecimal(_ octets: [UInt8]) -> String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func octets(_ digits: Substring) -> [UInt8] {
    var octets: [UInt8] = []
    var rest = Array(digits.utf8)[...]
    while rest.count >= 2 {
      octets.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    return octets
  }

  /// Runs a program to its end, and throws when it did not end well.
  static func run(_ path: String, _ arguments: [String]) throws {
    // Safe: the strings live until they are freed after the call that reads them.
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var strings = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
    var process: pid_t = 0
    let started = unsafe posix_spawn(&process, path, &actions, nil, &strings, environ)
    guard started == 0 else { throw POSIXError(POSIXErrorCode(rawValue: started) ?? .EINVAL) }
    var status: Int32 = -1
    // Safe: waitpid writes to the one integer during the call.
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw CocoaError(.featureUnsupported) }
  }
}
