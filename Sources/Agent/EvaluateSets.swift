import Foundation
import TokenEstimation
import WireFormat

/// The labelled sets that a user names, found and read.
enum EvaluateSets {
  /// A set before its capture is read.
  enum Source {
    case labelled(truthPath: String, capturePath: String, TruthSet)
    case sizes(path: String, SizesList)

    var path: String {
      switch self {
      case .labelled(let path, _, _), .sizes(let path, _): path
      }
    }
  }

  /// A truth or sizes file larger than this is not read.
  static let maximumOctets = 67_108_864
  private static let truthEnding = ".truth.json"
  private static let captureEndings = [".pcapng", ".pcap"]
  private static let compressions = ["", ".gz", ".zst"]

  /// Folders become the sets in them, in order of name; a set that is named twice counts once.
  ///
  /// - Parameter note: told of captures in a folder that no truth stands beside.
  /// - Throws: ``AgentError`` naming the file, and the place in it where there is one.
  static func find(_ paths: [String], note: (String) -> Void) throws(AgentError) -> [Source] {
    var sources: [Source] = []
    var seen: Set<String> = []
    func add(_ source: Source) {
      let path = URL(fileURLWithPath: source.path).resolvingSymlinksInPath().path
      if seen.insert(path).inserted {
        sources.append(source)
      } else {
        note("\(source.path): named twice, counted once")
      }
    }
    for path in paths {
      switch try kind(of: path) {
      case .folder: for source in try inFolder(path, note) { add(source) }
      case .file: add(try one(path))
      }
    }
    return sources
  }

  private enum PathKind { case folder, file }

  private static func kind(of path: String) throws(AgentError) -> PathKind {
    var isFolder: ObjCBool = false
    // Safe: the flag outlives the call.
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw AgentError("\(path): no such file or folder", status: .noInput)
    }
    return isFolder.boolValue ? .folder : .file
  }

  private static func inFolder(
    _ folder: String, _ note: (String) -> Void
  ) throws(AgentError) -> [Source] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw AgentError("\(folder): \(SystemMessage.of(error))", status: .noInput)
    }
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let truths = names.filter { $0.hasSuffix(truthEnding) && !$0.hasPrefix(".") }
    guard !truths.isEmpty else {
      throw AgentError(
        "\(folder): expected a capture with its NAME\(truthEnding) beside it, found none",
        status: .noInput)
    }
    let labelled = Set(truths.map { String($0.dropLast(truthEnding.count)) })
    for name in names where stem(ofCapture: name).map({ !labelled.contains($0) }) ?? false {
      note("\(base)\(name): left out: no truth beside it")
    }
    var sources: [Source] = []
    for name in truths { sources.append(try one(base + name)) }
    return sources
  }

  /// A truth, a sizes list, or a capture whose truth stands beside it.
  private static func one(_ path: String) throws(AgentError) -> Source {
    if let stem = stem(ofCapture: path) {
      let truthPath = stem + truthEnding
      guard FileManager.default.fileExists(atPath: truthPath) else {
        throw AgentError("\(truthPath): no such file: no truth beside \(path)", status: .noInput)
      }
      return try labelled(truthPath, capturePath: path)
    }
    guard path.hasSuffix(".json") else {
      throw AgentError(
        "\(path): expected a folder, a capture (.pcapng, .pcap), a \(truthEnding) file or a sizes list (.json)",
        status: .dataError)
    }
    if path.hasSuffix(truthEnding) { return try labelled(path, capturePath: nil) }
    let octets = try read(path)
    let source = try placing(path, octets) { () throws(TruthMistake) -> Source in
      let root = try JSONNode(parsing: octets.octets)
      if case .array = root.value { return .sizes(path: path, try SizesList(reading: root)) }
      return .labelled(truthPath: path, capturePath: "", try TruthSet(reading: root))
    }
    guard case .labelled(_, _, let truth) = source else { return source }
    return .labelled(truthPath: path, capturePath: try capture(of: path, truth), truth)
  }

  /// Reads the truth of a labelled set, for `gnomon calibrate` as for `gnomon evaluate`.
  ///
  /// - Throws: ``AgentError`` with the first mistake as `file:line:column: error: what was expected`.
  static func truth(at path: String) throws(AgentError) -> TruthSet {
    let octets = try read(path)
    return try placing(path, octets) { () throws(TruthMistake) in
      try TruthSet(reading: JSONNode(parsing: octets.octets))
    }
  }

  private static func labelled(
    _ path: String, capturePath: String?
  ) throws(AgentError) -> Source {
    let truth = try truth(at: path)
    if let capturePath {
      return .labelled(truthPath: path, capturePath: capturePath, truth)
    }
    return .labelled(truthPath: path, capturePath: try capture(of: path, truth), truth)
  }

  /// The capture that stands beside a truth: the one that it names, else one of its own name.
  private static func capture(of path: String, _ truth: TruthSet) throws(AgentError) -> String {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var candidates: [String] = []
    // A name, no path: a truth may not lead elsewhere.
    if !truth.capture.isEmpty, !truth.capture.contains("/"), stem(ofCapture: truth.capture) != nil {
      candidates.append(folder + truth.capture)
    }
    if path.hasSuffix(truthEnding) {
      let stem = String(path.dropLast(truthEnding.count))
      for ending in captureEndings { candidates += compressions.map { stem + ending + $0 } }
    }
    guard let found = candidates.first(where: FileManager.default.fileExists(atPath:)) else {
      throw AgentError(
        "\(path): no capture beside it: expected \(candidates.first ?? "NAME.pcapng")",
        status: .noInput)
    }
    return found
  }

  /// The path without the endings of a capture; nil where it has none.
  private static func stem(ofCapture path: String) -> String? {
    var path = path[...]
    for compression in compressions where !compression.isEmpty && path.hasSuffix(compression) {
      path = path.dropLast(compression.count)
      break
    }
    for ending in captureEndings where path.hasSuffix(ending) && path.count > ending.count {
      return String(path.dropLast(ending.count))
    }
    return nil
  }

  private static func read(_ path: String) throws(AgentError) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      var octets: [UInt8] = []
      while let part = try file.read(upToCount: 1_048_576), !part.isEmpty {
        octets += part
        guard octets.count <= maximumOctets else {
          throw AgentError(
            "\(path): expected at most \(maximumOctets / 1_048_576) MiB", status: .dataError)
        }
      }
      return octets
    } catch let error as AgentError {
      throw error
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
  }

  /// Does what may find a mistake in the file.
  private static func placing<Value>(
    _ path: String, _ octets: [UInt8], _ body: () throws(TruthMistake) -> Value
  ) throws(AgentError) -> Value {
    do { return try body() } catch {
      throw AgentError(error.line(path: path, in: octets.octets), status: .dataError)
    }
  }
}
