import Foundation
import Glibc
import Testing

@testable import Agent

@Suite("a document on its way to a file")
struct DocumentTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  @Test func aNewFileIsNotForEverybody() throws {
    let path = folder.path("report.html")
    try Document.write("hosts", to: path)
    #expect(try text(path) == "hosts")
    #expect(try mode(path) & 0o137 == 0)
  }

  @Test("a file keeps its mode", arguments: [0o600, 0o644, 0o664])
  func keepsTheMode(wanted: Int) throws {
    let path = folder.path("report.html")
    #expect(
      FileManager.default.createFile(
        atPath: path, contents: Data("a longer text of yesterday".utf8),
        attributes: [.posixPermissions: wanted]))
    try Document.write("today", to: path)
    #expect(try text(path) == "today")
    #expect(try mode(path) == wanted)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
  }

  @Test func aReaderOfTheOldFileKeepsTheOldText() throws {
    let path = folder.path("report.html")
    try Document.write("yesterday", to: path)
    let reader = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    try Document.write("today", to: path)
    #expect(try reader.readToEnd() == Data("yesterday".utf8))
  }

  @Test("a link stays a link", arguments: [true, false])
  func followsLinks(isThere: Bool) throws {
    let path = folder.path("report.html")
    let link = folder.path("latest.html")
    if isThere { try Document.write("yesterday", to: path) }
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "report.html")
    try Document.write("today", to: link)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "report.html")
    #expect(try text(path) == "today")
  }

  @Test func aPipeIsWrittenInto() throws {
    let path = folder.path("pipe")
    // Safe: mkfifo and open read the string during the call only.
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK)
    try #require(descriptor >= 0)
    let reader = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try Document.write("through the pipe", to: path)
    #expect(try reader.read(upToCount: 100) == Data("through the pipe".utf8))
    let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    #expect(type != .typeRegular)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["pipe"])
  }

  @Test func theNullDeviceStaysOne() throws {
    try Document.write("gone", to: "/dev/null")
    let attributes = try FileManager.default.attributesOfItem(atPath: "/dev/null")
    #expect(attributes[.type] as? FileAttributeType == .typeCharacterSpecial)
  }

  @Test(
    "what cannot be written is named",
    arguments: [("", "Is a directory"), ("no/such/file", "No such file or directory")])
  func failures(name: String, problem: String) {
    let path = folder.path(name)
    #expect {
      try Document.write("x", to: path)
    } throws: { error in
      let error = error as? AgentError
      return error?.description == "\(path): \(problem)" && error?.status == .ioError
    }
  }
}
