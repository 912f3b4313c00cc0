import Foundation
import RuleBundles

/// Keys of rule bundles on disk.
enum KeyFiles {
  private static let maximumByteCount = 64 << 10

  /// The keys by which a bundle may be signed.
  ///
  /// - Parameters:
  ///   - paths: public keys; none for `trust/*.pem` in the rules folder.
  /// - Throws: ``AgentError`` when there is none, or one cannot be used.
  static func trusted(_ paths: [String], in folder: RulesFolder) throws(AgentError)
    -> [VerifyingKey]
  {
    var paths = paths
    if paths.isEmpty {
      paths = try keyPaths(in: folder.trust)
    }
    guard !paths.isEmpty else {
      throw AgentError(
        "\(folder.trust): no trusted key (*.pem) here: put the public key of who signs your bundles into it, or name it with --trust",
        status: .noPermission)
    }
    var keys: [VerifyingKey] = []
    for path in paths {
      let file = try BoundedFile(path, most: maximumByteCount)
      guard file.mode & 0o002 == 0 else {
        throw AgentError(
          "\(path): everybody may write this key: chmod o-w it once you have seen that it is the right one",
          status: .noPermission)
      }
      do {
        keys.append(try VerifyingKey(pem: file.octets))
      } catch {
        throw AgentError("\(path): \(error)", status: .configuration)
      }
    }
    return keys
  }

  private static func keyPaths(in folder: String) throws(AgentError) -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    do {
      let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
      guard (mode ?? 0) & 0o002 == 0 else {
        throw AgentError(
          "\(folder): everybody may put a key here: chmod o-w it, and look which are there",
          status: .noPermission)
      }
      return try RuleBook.names(in: folder).sorted()
        .filter { $0.hasSuffix(".pem") && !$0.hasPrefix(".") }.map { folder + "/" + $0 }
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(folder): \(SystemMessage.of(error))", status: .noInput)
    }
  }

  /// The key that signs.
  ///
  /// - Throws: ``AgentError`` when it cannot be read, others may read it, or it is none.
  static func signing(_ path: String) throws(AgentError) -> SigningKey {
    let file = try BoundedFile(path, most: maximumByteCount)
    guard file.mode & 0o077 == 0 else {
      throw AgentError(
        "\(path): a private key that others may read (mode \(String(file.mode, radix: 8))): chmod 600 it, or make a new one if they have",
        status: .noPermission)
    }
    do {
      return try SigningKey(pem: file.octets)
    } catch {
      throw AgentError("\(path): \(error)", status: .configuration)
    }
  }
}
