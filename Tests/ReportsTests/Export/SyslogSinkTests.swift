import Foundation
import RecordStore
import Reports
import Testing

@Suite("syslog on the wire")
struct SyslogSinkTests {
  private let record = Office.records[0]

  private func message(_ line: String) -> String {
    SyslogMessage(line, about: record, processID: 7).text
  }

  private func failure(_ body: () throws -> Void) -> ExportError? {
    do { try body() } catch { return error as? ExportError }
    return nil
  }

  @Test func aMessageHasTheHeaderOfRFC5424() {
    #expect(
      message("hello") == "<134>1 2026-11-02T09:05:00.000Z gw-1 gnomon 7 record - hello")
  }

  @Test(
    "severity follows the verdict",
    arguments: [
      ("chatgpt", "<132>"), ("ollama", "<133>"), ("gemini-api", "<134>"), ("claude-web", "<134>"),
    ])
  func severity(service: String, priority: String) throws {
    let record = try #require(Office.records.first { $0.service == service })
    #expect(SyslogMessage("x", about: record, processID: 7).text.hasPrefix(priority))
  }

  @Test func aSensorNameCannotBreakTheHeader() {
    var record = record
    record.sensor = "gw 1\n<é>" + String(repeating: "x", count: 300)
    let fields = SyslogMessage("m", about: record, processID: 7).text.split(separator: " ")
    #expect(fields.count == 8)
    #expect(fields[2].hasPrefix("gw_1_<_>x"))
    #expect(fields[2].utf8.count == 64)
    record.sensor = ""
    #expect(SyslogMessage("m", about: record, processID: 7).text.contains("Z - gnomon"))
  }

  @Test func theLongestMessageFits() throws {
    let server = try LocalServer(datagrams: 1)
    let sink = try SyslogSink(
      SyslogAddress(transport: .udp, host: "127.0.0.1", port: server.port), processID: .max)
    var record = record
    record.sensor = String(repeating: "s", count: 100)
    try sink.write(
      String(repeating: "m", count: try #require(sink.maximumLineLength)), about: record)
    #expect(server.messages.allSatisfy { $0.count <= 2_048 })
  }

  @Test func overUDPEachMessageIsADatagram() throws {
    let server = try LocalServer(datagrams: 2)
    let sink = try SyslogSink(
      SyslogAddress(transport: .udp, host: "127.0.0.1", port: server.port), processID: 7)
    try sink.write("one", about: record)
    try sink.write("two ü", about: record)
    try sink.close()
    #expect(server.messages == [Array(message("one").utf8), Array(message("two ü").utf8)])
  }

  @Test func overTCPEachMessageIsCountedInOctets() throws {
    let server = try LocalServer()
    let sink = try SyslogSink(
      SyslogAddress(transport: .tcp, host: "127.0.0.1", port: server.port), processID: 7)
    try sink.write("one", about: record)
    try sink.write("two ü", about: record)
    try sink.close()
    let expected = [message("one"), message("two ü")].map { "\($0.utf8.count) \($0)" }.joined()
    #expect(server.messages == [Array(expected.utf8)])
  }

  @Test func aSlowServerGetsEverything() throws {
    let server = try LocalServer(.collectSlowly)
    let sink = try SyslogSink(
      SyslogAddress(transport: .tcp, host: "127.0.0.1", port: server.port), processID: 7)
    let line = String(repeating: "y", count: 7_000)
    for _ in 0..<100 { try sink.write(line, about: record) }
    try sink.close()
    let frame = "\(message(line).utf8.count) \(message(line))"
    #expect(server.messages.map(\.count) == [100 * frame.utf8.count])
  }

  @Test func aServerThatIsNotThereIsNamed() throws {
    let port = try Rsyslog.freePort()
    for transport in [SyslogAddress.Transport.tcp, .tls] {
      let address = SyslogAddress(transport: transport, host: "127.0.0.1", port: port)
      let error = failure { _ = try SyslogSink(address, processID: 7) }
      #expect(error?.kind == .connection)
      #expect(error?.description == "\(address): cannot connect: Connection refused")
    }
  }

  @Test func aNameWithoutAddressIsNamed() {
    let address = SyslogAddress(transport: .tcp, host: "no-such-host.invalid")
    let error = failure { _ = try SyslogSink(address, processID: 7) }
    #expect(error?.kind == .nameResolution)
    #expect(error?.description.hasPrefix("syslog+tcp://no-such-host.invalid:601: ") == true)
  }

  @Test func aServerThatSaysNothingIsNotWaitedForForever() throws {
    let server = try LocalServer(.silent)
    let address = SyslogAddress(transport: .tls, host: "127.0.0.1", port: server.port)
    let error = failure {
      _ = try SyslogSink(address, processID: 7, patience: .milliseconds(200))
    }
    #expect(error?.kind == .timeout)
  }

  @Test func aServerThatDoesNotEndIsNotWaitedForForever() throws {
    let server = try LocalServer(.silent)
    let address = SyslogAddress(transport: .tcp, host: "127.0.0.1", port: server.port)
    let sink = try SyslogSink(address, processID: 7, patience: .milliseconds(200))
    try sink.write("one", about: record)
    #expect(failure { try sink.close() }?.kind == .timeout)
  }

  @Test func aServerThatDoesNotReadIsNotWaitedForForever() throws {
    let server = try LocalServer(.silent)
    let address = SyslogAddress(transport: .tcp, host: "127.0.0.1", port: server.port)
    let sink = try SyslogSink(address, processID: 7, patience: .milliseconds(200))
    let line = String(repeating: "y", count: 7_000)
    let error = failure { for _ in 0..<10_000 { try sink.write(line, about: record) } }
    #expect(error?.kind == .timeout)
  }

  @Test func aServerThatHangsUpIsAnErrorAndNoSignal() throws {
    let server = try LocalServer(.hangUp)
    let address = SyslogAddress(transport: .tcp, host: "127.0.0.1", port: server.port)
    let sink = try SyslogSink(address, processID: 7)
    #expect(server.messages.isEmpty)
    let error = failure { for _ in 0..<100 { try sink.write("x", about: record) } }
    #expect(error?.kind == .connection)
  }

  @Test func aServerThatHangsUpInTheHandshakeIsAnError() throws {
    let server = try LocalServer(.hangUp)
    let address = SyslogAddress(transport: .tls, host: "127.0.0.1", port: server.port)
    let error = failure { _ = try SyslogSink(address, processID: 7) }
    #expect(error?.kind == .tls || error?.kind == .connection)
  }

  @Test func anAuthorityFileThatIsNoneIsNamed() throws {
    let server = try LocalServer()
    let address = SyslogAddress(
      transport: .tls, host: "localhost", port: server.port, authorityFile: "/dev/null")
    let error = failure { _ = try SyslogSink(address, processID: 7) }
    #expect(error?.detail == "/dev/null: no certificates could be read from it")
  }
}
