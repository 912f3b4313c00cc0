import Foundation
import Reports
import RuleBundles
package import WireFormat

/// The work of `gnomon rules keygen`: a key pair for bundles.
package enum RulesKeygenRun {
  /// Writes `NAME.key`, which only its owner may read, and `NAME.pem`.
  ///
  /// - Returns: what to print.
  /// - Throws: ``AgentError`` when either is there already, or cannot be written.
  package static func run(name: String) throws(AgentError) -> String {
    let (secret, open) = (name + ".key", name + ".pem")
    let key: SigningKey
    let texts: (secret: [UInt8], open: [UInt8])
    do throws(KeyError) {
      key = try SigningKey()
      texts = (try key.privatePEM(), try key.publicPEM())
    } catch {
      throw AgentError("\(error)", status: .software)
    }
    for path in [secret, open] where FileManager.default.fileExists(atPath: path) {
      throw AgentError("\(path): is there already, and stays as it is", status: .ioError)
    }
    try create(secret, texts.secret, mode: 0o600)
    try create(open, texts.open, mode: 0o644)
    return "\(secret): the private key; keep it where bundles are signed\n"
      + "\(open): the public key \(key.id); it belongs into trust/ of each rules folder\n"
  }

  private static func create(
    _ path: String, _ octets: [UInt8], mode: mode_t
  ) throws(AgentError) {
    // Safe: open reads the string during the call only.
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw AgentError("\(path): \(SystemMessage.of(errno: errno))", status: .ioError)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try file.write(contentsOf: Data(octets))
      try file.synchronize()
      try file.close()
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .ioError)
    }
  }
}

/// The work of `gnomon rules bundle`: the shipped rules in one signed file.
package enum RulesBundleRun {
  package struct Options: Sendable {
    package var directory: String
    /// A private key in PEM form.
    package var key: String
    package var out: String
    /// Nil for the first one of today.
    package var version: UInt64?

    package init(directory: String, key: String, out: String, version: UInt64?) {
      (self.directory, self.key, self.out, self.version) = (directory, key, out, version)
    }
  }

  /// Checks the shipped files of a rules folder by themselves, and writes them as a bundle.
  ///
  /// - Returns: what to print.
  /// - Throws: ``AgentError`` when the rules have a mistake or fail a test, the key cannot be used, or the file cannot be
  ///   written.
  package static func run(
    _ options: Options, today: Timestamp = .now()
  ) throws(AgentError) -> String {
    if let version = options.version, RulesFolder.version(String(version)) == nil {
      throw AgentError("--version: expected a number from 1 to 2^63-1", status: .usage)
    }
    let key = try KeyFiles.signing(options.key)
    let place = try RulesFolder(options.directory).placeInForce()
    let shipped = try ShippedFiles(in: place.path)
    let book = try RulesTestRun.proven(RuleFiles(alone: shipped))
    let version = options.version ?? firstVersion(of: today)
    let files = shipped.bundled
    let octets: [UInt8]
    do {
      octets = try RuleBundle.sealed(files, version: version, by: key)
    } catch {
      throw AgentError(error, path: place.path)
    }
    // Signed, and nothing in it is secret: whoever offers it to others may read it.
    try Document.write(Data(octets), toFile: options.out, mode: 0o644)
    return "\(options.out): version \(version), \(files.count) files "
      + "(rules \(book.rules.version)) in \(octets.count) octets, signed by \(key.id)\n"
  }

  /// `2026112101` for 21 November 2026.
  static func firstVersion(of day: Timestamp) -> UInt64 {
    let digits = UTCText(day).rfc3339.prefix(10).filter { $0 != "-" }
    return (UInt64(digits) ?? 0) * 100 + 1
  }
}

extension AgentError {
  /// Why a bundle is refused, with the status that fits it.
  init(_ error: BundleError, path: String) {
    let status: ExitStatus =
      switch error.kind {
      case .foreignKey, .badSignature: .noPermission
      case .notABundle, .otherFormat, .truncated, .trailingOctets, .tooBig, .damaged, .badPath:
        .dataError
      }
    self.init("\(path): \(error)", status: status)
  }
}
