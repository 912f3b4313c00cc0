import Foundation
import RuleBundles

/// Where a bundle comes from: a file, or an address that is fetched because somebody asked for it.
enum BundleSource {
  /// The octets of a bundle, not yet looked at.
  ///
  /// - Parameter source: a path, or an `https` URL.
  /// - Throws: ``AgentError`` when it cannot be read or fetched, is too big, or is a URL of another scheme.
  static func read(_ source: String) throws(AgentError) -> [UInt8] {
    guard let end = source.range(of: "://") else {
      return try BoundedFile(source, most: RuleBundle.maximumByteCount).octets
    }
    guard source[..<end.lowerBound].lowercased() == "https" else {
      throw AgentError(
        "\(source): expected a path, or a URL that begins with https://", status: .usage)
    }
    return try fetch(source)
  }

  /// Seconds that a server may take for all of it.
  private static let patience = 300

  /// Fetches by curl, which verifies the server's certificate, and keeps to https through every redirection.
  private static func fetch(_ url: String) throws(AgentError) -> [UInt8] {
    let most = RuleBundle.maximumByteCount
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = [
      // Nothing of a person's own .curlrc; brackets in the URL stay brackets.
      "curl", "--disable", "--globoff", "--silent", "--show-error", "--fail", "--location",
      "--proto", "=https", "--proto-redir", "=https", "--tlsv1.2", "--max-redirs", "3",
      "--connect-timeout", "20", "--max-time", String(patience), "--max-filesize", String(most),
      "--output", "-", "--", url,
    ]
    let (output, errors) = (Pipe(), Pipe())
    curl.standardInput = FileHandle.nullDevice
    (curl.standardOutput, curl.standardError) = (output, errors)
    var octets: [UInt8] = []
    do {
      try curl.run()
      while let some = try output.fileHandleForReading.read(upToCount: 1 << 16), !some.isEmpty {
        octets += some
        // A server may send more than it says.
        guard octets.count <= most else { break }
      }
    } catch {
      throw AgentError("\(url): curl: \(SystemMessage.of(error))", status: .unavailable)
    }
    if octets.count > most { curl.terminate() }
    curl.waitUntilExit()
    // 63 is curl's word for a file that says that it is longer than may be.
    guard octets.count <= most, curl.terminationStatus != 63 else {
      throw AgentError("\(url): is too big: more than \(most) octets", status: .dataError)
    }
    guard curl.terminationStatus == 0 else {
      let said = (try? errors.fileHandleForReading.read(upToCount: 1_000)) ?? Data()
      let line = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).first
      throw AgentError(
        "\(url): \(line ?? "curl ended with status \(curl.terminationStatus)")",
        status: .unavailable)
    }
    return octets
  }
}
