import Foundation
import Glibc
import RecordStore
import Reports
import Testing

@Suite("where an export goes")
struct DestinationTests {
  @Test(
    arguments: [
      ("-", ExportDestination.standardOutput),
      ("out/records.ndjson", .file(path: "out/records.ndjson")),
      ("syslog://siem", .syslog(SyslogAddress(transport: .udp, host: "siem", port: 514))),
      (
        "syslog+tcp://10.0.0.9:6000",
        .syslog(SyslogAddress(transport: .tcp, host: "10.0.0.9", port: 6_000))
      ),
      ("syslog+tcp://siem/", .syslog(SyslogAddress(transport: .tcp, host: "siem", port: 601))),
      (
        "syslog+tls://[2001:db8::1]",
        .syslog(SyslogAddress(transport: .tls, host: "2001:db8::1", port: 6_514))
      ),
      (
        "syslog+tls://siem:99?ca=/etc/ca.pem",
        .syslog(
          SyslogAddress(transport: .tls, host: "siem", port: 99, authorityFile: "/etc/ca.pem"))
      ),
    ])
  func reads(text: String, destination: ExportDestination) throws {
    #expect(try ExportDestination(parsing: text) == destination)
  }

  @Test(
    "what is none of these is an error that shows it",
    arguments: [
      "", "http://siem", "syslog://", "syslog://:514", "syslog://siem:0", "syslog://siem:70000",
      "syslog://siem:x", "syslog://a b", "syslog://siem?ca=x", "syslog+tls://siem?cert=x",
      "syslog+tls://siem?ca=", "syslog+tcp://[::1", "syslog://user@siem", "syslog://siem/path",
    ])
  func refuses(text: String) {
    let error = #expect(throws: ExportError.self) { try ExportDestination(parsing: text) }
    #expect(error?.kind == .destination)
    #expect(error?.destination == (text.isEmpty ? "destination" : text))
  }

  @Test func anAddressIsWrittenAsItIsRead() throws {
    let address = SyslogAddress(transport: .tls, host: "2001:db8::1")
    #expect(address.description == "syslog+tls://[2001:db8::1]:6514")
    #expect(try SyslogAddress(parsing: address.description) == address)
  }
}

@Suite("an export to a file")
struct FileSinkTests {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("gnomon-\(UUID().uuidString).ndjson").path

  private func failure(_ body: () throws -> Void) -> ExportError? {
    do { try body() } catch { return error as? ExportError }
    return nil
  }

  private func append(_ lines: [String]) throws {
    var sink = try FileSink(appendingTo: path)
    for line in lines { try sink.write(line, about: Office.records[0]) }
    try sink.close()
  }

  @Test func linesAreAppended() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try append(["one", "two"])
    try append(["three"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\nthree\n")
  }

  @Test func manyLinesAreAllThere() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let lines = (0..<5_000).map { "\($0) " + String(repeating: "z", count: 60) }
    try append(lines)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.split(separator: "\n").map(String.init) == lines)
  }

  @Test func othersMayNotReadIt() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try append(["one"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let mode = try #require(attributes[.posixPermissions] as? NSNumber).intValue
    #expect(mode & 0o007 == 0)
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    let error = failure { _ = try FileSink(appendingTo: "/no/such/folder/x") }
    #expect(
      error?.description
        == "/no/such/folder/x: cannot be opened for writing: No such file or directory")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full"))
  func aFullDiskIsSaid() throws {
    var sink = try FileSink(appendingTo: "/dev/full")
    try sink.write("one", about: Office.records[0])
    let error = failure { try sink.close() }
    #expect(error?.description == "/dev/full: cannot be written: No space left on device")
  }

  /// A file system of one megabyte, which needs the right to mount.
  @Test(.enabled(if: geteuid() == 0, "mounting a small file system takes root"))
  func aFileOnAFullDiskEndsWithAWholeLine() throws {
    let disk = path + ".disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: disk) }
    // Safe: mount and umount read their strings during the call only.
    guard unsafe mount("tmpfs", disk, "tmpfs", 0, "size=1m") == 0 else {
      print("skipped: cannot mount a small file system here")
      return
    }
    defer { _ = unsafe umount2(disk, Int32(MNT_DETACH)) }
    var sink = try FileSink(appendingTo: disk + "/out")
    let line = String(repeating: "w", count: 1_000)
    let error = failure {
      for _ in 0..<5_000 { try sink.write(line, about: Office.records[0]) }
    }
    #expect(error?.kind == .file)
    let text = try String(contentsOfFile: disk + "/out", encoding: .utf8)
    #expect(text.utf8.count > 500_000)
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count == 1_000 })
    #expect(text.hasSuffix("\n"))
  }
}
