import Foundation

/// A private certificate authority with one server certificate for `localhost`, made by the openssl command.
final class TestAuthority {
  let folder: URL

  var authority: String { path("ca.pem") }
  var certificate: String { path("cert.pem") }
  var key: String { path("key.pem") }

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("gnomon-ca-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("subjectAltName=DNS:localhost\n".utf8).write(to: folder.appendingPathComponent("ext"))
    let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    try openssl(
      ["req", "-x509", "-days", "2", "-subj", "/CN=gnomon test CA"]
        + ["-keyout", path("ca.key"), "-out", authority] + newKey)
    try openssl(
      ["req", "-subj", "/CN=localhost", "-keyout", key, "-out", path("request.pem")] + newKey)
    try openssl([
      "x509", "-req", "-in", path("request.pem"), "-CA", authority, "-CAkey", path("ca.key"),
      "-CAcreateserial", "-days", "2", "-extfile", path("ext"), "-out", certificate,
    ])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func openssl(_ arguments: [String]) throws {
    try Tool.run("/usr/bin/openssl", arguments)
  }
}
