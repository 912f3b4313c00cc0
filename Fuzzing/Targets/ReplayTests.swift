import Foundation
import Testing
import WireFormat

/// Every input that is kept, in `Fuzzing/Corpora` and `Fuzzing/Regressions`, goes through its target once more.
@Suite("Kept inputs of the fuzz targets")
struct ReplayTests {
  static let folder = String(#filePath.dropLast("Targets/ReplayTests.swift".count))
  static let names = FuzzTargets.all.map { $0.name }

  private static func inputs(_ kind: String, _ name: String) -> [URL] {
    let folder = URL(fileURLWithPath: "\(folder)\(kind)/\(name)")
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }
  }

  @Test("hold their properties", arguments: names)
  func replays(name: String) throws {
    let type = try #require(FuzzTargets.all.first { $0.name == name })
    var target = type.init()
    for file in Self.inputs("Corpora", name) + Self.inputs("Regressions", name) {
      let input = [UInt8](try Data(contentsOf: file))
      #expect(throws: Never.self, "\(file.path)") { try target.take(input.octets) }
    }
  }

  @Test("hold their properties on nothing, and on runs of one octet", arguments: names)
  func survivesPlainInputs(name: String) throws {
    let type = try #require(FuzzTargets.all.first { $0.name == name })
    var target = type.init()
    for octet: UInt8 in [0, 1, 22, 0x45, 0x80, 0xff] {
      for count in [0, 1, 2, 3, 7, 20, 64, 300, min(2_000, type.maximumByteCount)] {
        let input = [UInt8](repeating: octet, count: count)
        #expect(throws: Never.self) { try target.take(input.octets) }
      }
    }
  }

  @Test("every target has seeds", arguments: names)
  func hasSeeds(name: String) { #expect(!Self.inputs("Corpora", name).isEmpty) }

  @Test("no two targets have one name")
  func namesAreDistinct() { #expect(Set(Self.names).count == Self.names.count) }
}
