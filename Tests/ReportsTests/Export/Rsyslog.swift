import Foundation
import Glibc
import Reports

/// A real rsyslogd of its own on loopback, which writes what it understood of each message to a file.
final class Rsyslog {
  let port: UInt16
  private let process: pid_t
  private let folder: URL

  static let path = "/usr/sbin/rsyslogd"
  static let isInstalled = FileManager.default.isExecutableFile(atPath: path)
  /// The TLS driver that is there, of rsyslog-openssl or rsyslog-gnutls.
  static let tlsDriver: String? = ["ossl", "gtls"].first { driver in
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"].contains { folder in
      FileManager.default.fileExists(atPath: "\(folder)/rsyslog/lmnsd_\(driver).so")
    }
  }

  /// Starts it and waits until its port is open.
  init(_ transport: SyslogAddress.Transport, authority: TestAuthority? = nil) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("gnomon-rsyslog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    port = try Self.freePort()
    let input =
      switch transport {
      case .udp:
        "module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"\(port)\")"
      case .tcp: "module(load=\"imtcp\")\n\(Self.tcpInput(port))"
      case .tls:
        """
        module(load="imtcp" StreamDriver.Name="\(Self.tlsDriver ?? "")" StreamDriver.Mode="1" \
        StreamDriver.AuthMode="anon")
        \(Self.tcpInput(port))
        """
      }
    let files = authority.map { authority in
      """
      global(DefaultNetstreamDriverCAFile="\(authority.authority)" \
      DefaultNetstreamDriverCertFile="\(authority.certificate)" \
      DefaultNetstreamDriverKeyFile="\(authority.key)")
      """
    }
    let configuration = """
      global(workDirectory="\(folder.path)")
      \(files ?? "")
      \(input)
      template(name="seen" type="string" string="%pri%|%timereported:::date-rfc3339%|%hostname%|%app-name%|%procid%|%msgid%|%msg%\\n")
      action(type="omfile" file="\(folder.path)/messages" template="seen")

      """
    let file = folder.appendingPathComponent("rsyslog.conf")
    try Data(configuration.utf8).write(to: file)
    process = try Tool.start(
      Self.path, ["-n", "-f", file.path, "-i", folder.appendingPathComponent("pid").path])
    for _ in 0..<500 where !Self.isTaken(port) { usleep(20_000) }
    guard Self.isTaken(port) else { throw CocoaError(.featureUnsupported) }
  }

  /// The lines it wrote, once there are `count` of them or ten seconds have passed.
  func lines(_ count: Int) -> [String] {
    let file = folder.appendingPathComponent("messages")
    var lines: [String] = []
    for _ in 0..<500 {
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      lines = text.split(separator: "\n").map(String.init)
      if lines.count >= count { return lines }
      usleep(20_000)
    }
    return lines
  }

  deinit {
    kill(process, SIGTERM)
    Tool.wait(process)
    try? FileManager.default.removeItem(at: folder)
  }

  private static func tcpInput(_ port: UInt16) -> String {
    "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"\(port)\")"
  }

  static func freePort() throws -> UInt16 {
    for _ in 0..<100 {
      let port = UInt16.random(in: 20_000...29_999)
      if !isTaken(port) { return port }
    }
    throw CocoaError(.featureUnsupported)
  }

  /// Whether any socket of this machine is bound to the port.
  private static func isTaken(_ port: UInt16) -> Bool {
    let digits = String(port, radix: 16, uppercase: true)
    let field = ":" + String(repeating: "0", count: 4 - digits.count) + digits
    return ["tcp", "tcp6", "udp", "udp6"].contains { table in
      let text = (try? String(contentsOfFile: "/proc/net/\(table)", encoding: .utf8)) ?? ""
      return text.split(separator: "\n").dropFirst().contains { line in
        line.split(separator: " ").dropFirst().first?.hasSuffix(field) == true
      }
    }
  }
}
