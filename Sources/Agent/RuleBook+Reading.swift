import Foundation
import ProviderRules

extension RuleBook {
  /// The files of one folder in the rules folder, in order of name; none where the folder is missing.
  static func sources(
    in directory: String, _ folder: String, isLocal: Bool
  ) throws(AgentError) -> [RuleSource] {
    let path = "\(directory)/\(folder)"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    var sources: [RuleSource] = []
    for name in try names(in: path).sorted() where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
      var source = try source("\(path)/\(name)")
      source.path = "\(folder)/\(name)"
      source.isLocal = isLocal
      sources.append(source)
    }
    return sources
  }

  /// What a folder lists.
  ///
  /// - Throws: ``AgentError`` when it cannot be read, or is none.
  static func names(in folder: String) throws(AgentError) -> [String] {
    // Foundation has no words for what is no folder. Safe: open reads the string during the call only.
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw AgentError("\(folder): \(SystemMessage.of(errno: errno))", status: .noInput)
    }
    close(descriptor)
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw AgentError("\(folder): \(SystemMessage.of(error))", status: .noInput)
    }
  }

  /// A file that may be missing.
  static func optionalSource(
    _ directory: String, _ name: String
  ) throws(AgentError) -> RuleSource? {
    let path = "\(directory)/\(name)"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    var source = try source(path)
    source.path = name
    return source
  }

  /// Octets of a rule file, or of a list that one is held against; of the longest known there are 400,000.
  private static let maximumByteCount = 64 << 20

  /// - Throws: ``AgentError`` when there is no such file, it is no regular one, too big or no text.
  static func source(_ path: String) throws(AgentError) -> RuleSource {
    let octets = try BoundedFile(path, most: maximumByteCount).octets
    return RuleSource(path: path, text: try text(of: Data(octets), path: path))
  }

  /// - Throws: ``AgentError`` with the place of the first octet that is no text.
  static func text(of data: Data, path: String) throws(AgentError) -> String {
    guard let text = String(data: data, encoding: .utf8) else {
      let (line, column) = placeOfFirstBadOctet(in: data)
      throw AgentError(
        "\(path):\(line):\(column): error: expected UTF-8 text", status: .configuration)
    }
    return text
  }

  /// Line and column, from 1, of the first octet that is not part of UTF-8 text.
  private static func placeOfFirstBadOctet(in data: Data) -> (line: Int, column: Int) {
    for (number, line) in data.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      guard String(data: line, encoding: .utf8) == nil else { continue }
      // What cannot be read stands as U+FFFD in text that is read leniently.
      let text = String(decoding: line, as: UTF8.self).unicodeScalars
      return (number + 1, text.prefix { $0 != "\u{FFFD}" }.count + 1)
    }
    return (1, 1)
  }
}
