import Foundation
import Testing

@testable import Agent

@Suite("what stands where a rule file is expected")
struct RuleFileKindsTests {
  static let names = [
    "providers/d.yaml", "local/d.yaml", "profiles/d.yaml", "traps.yaml", "prices.yaml",
    "signs.yaml", "policy.yaml",
  ]

  /// What stands at a path and is no file of rules.
  enum Kind: CaseIterable {
    case pipe, folder, device

    func make(at path: String) throws {
      // Safe: mkfifo reads the string during the call only.
      switch self {
      case .pipe: #expect(unsafe mkfifo(path, 0o644) == 0)
      case .folder:
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: false)
      case .device:
        try FileManager.default.createSymbolicLink(
          atPath: path, withDestinationPath: "/dev/zero")
      }
    }
  }

  @Test(
    "a pipe, a folder or a device is named, and nobody waits for it",
    .timeLimit(.minutes(1)), arguments: names, Kind.allCases)
  func refuses(name: String, kind: Kind) throws {
    let folder = try RuleFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path + "/local", withIntermediateDirectories: false)
    if name == "policy.yaml" || name == "prices.yaml" {
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
    }
    try kind.make(at: "\(folder.path)/\(name)")
    let mistake = try #require(folder.mistakes())
    #expect(mistake.lines == ["\(name): is no regular file"])
    #expect(mistake.status == .noInput)
  }

  @Test(
    "a pipe or a device where a folder of rules is expected is named",
    .timeLimit(.minutes(1)), arguments: ["providers", "local", "profiles"],
    [Kind.pipe, .device])
  func refusesNoFolder(name: String, kind: Kind) throws {
    let folder = try RuleFolder()
    try? FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
    try kind.make(at: "\(folder.path)/\(name)")
    let mistake = try #require(folder.mistakes())
    #expect(mistake.lines == ["\(name): Not a directory"])
    #expect(mistake.status == .noInput)
  }
}
