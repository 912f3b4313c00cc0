import Foundation
import RecordStore
import Reports
import Testing

/// Against rsyslogd itself: `apt-get install rsyslog rsyslog-openssl`.
@Suite("syslog to a real rsyslog", .enabled(if: Rsyslog.isInstalled, "rsyslogd is not installed"))
struct RsyslogTests {
  private func export(
    _ records: [UsageRecord], as format: some RecordFormat, to address: SyslogAddress
  ) throws {
    var sink = try ExportDestination.syslog(address).open(processID: 4_711)
    for record in records { try format.write(record, to: &sink, named: address.description) }
    try sink.close()
  }

  /// What rsyslog is to have understood of a record.
  private func line(_ record: UsageRecord, _ format: some RecordFormat, priority: Int) -> String {
    let time = UTCText(record.windowEnd).rfc3339.replacing(".000Z", with: ".000+00:00")
    return "\(priority)|\(time)|gw-1|gnomon|4711|record|\(format.line(for: record))"
  }

  private func sameTime(_ line: String) -> String {
    line.replacing(".000Z", with: ".000+00:00").replacing(".000+00:00", with: "Z")
  }

  @Test(
    "each message arrives whole and understood",
    arguments: [SyslogAddress.Transport.udp, .tcp, .tls])
  func arrives(transport: SyslogAddress.Transport) throws {
    if transport == .tls, Rsyslog.tlsDriver == nil || !TestAuthority.isPossible {
      print(
        "skipped: rsyslog has no TLS driver (rsyslog-openssl, rsyslog-gnutls), or openssl is missing"
      )
      return
    }
    let authority = transport == .tls ? try TestAuthority() : nil
    let rsyslog = try Rsyslog(transport, authority: authority)
    let address = SyslogAddress(
      transport: transport, host: transport == .tls ? "localhost" : "127.0.0.1",
      port: rsyslog.port, authorityFile: authority?.authority)
    let records = Array(Office.records.filter { $0.service == "chatgpt" }.prefix(5))
    let format = CEFFormat(version: "1.0.0")
    try export(records, as: format, to: address)
    let expected = records.map { line($0, format, priority: 16 * 8 + 4) }
    #expect(rsyslog.lines(records.count).map(sameTime) == expected.map(sameTime))
  }

  @Test func aLargeRecordArrivesAsWholeJSON() throws {
    let rsyslog = try Rsyslog(.tcp)
    var record = Office.records[0]
    record.evidence = (0..<64).map { index in
      UsageRecord.Evidence(
        source: .sni, name: String(repeating: "x", count: 180) + "\(index).example",
        evidenceClass: .usage, rule: "providers/x.yaml:1")
    }
    let address = SyslogAddress(transport: .tcp, host: "127.0.0.1", port: rsyslog.port)
    try export([record, Office.records[1]], as: NDJSONFormat(), to: address)
    let lines = rsyslog.lines(2)
    #expect(lines.count == 2)
    for line in lines {
      let json = try #require(line.firstIndex(of: "{"))
      _ = try JSONSerialization.jsonObject(with: Data(line[json...].utf8))
    }
  }

  @Test(
    .enabled(if: Rsyslog.tlsDriver != nil && TestAuthority.isPossible, "no TLS driver or openssl"))
  func aServerOfAnotherAuthorityIsRefused() throws {
    let rsyslog = try Rsyslog(.tls, authority: try TestAuthority())
    let other = try TestAuthority()
    let address = SyslogAddress(
      transport: .tls, host: "localhost", port: rsyslog.port, authorityFile: other.authority)
    let error = try #require(throws: ExportError.self) {
      try export([Office.records[0]], as: NDJSONFormat(), to: address)
    }
    #expect(error.kind == .tls)
    #expect(error.description.hasPrefix("\(address): the server's certificate is not accepted: "))
  }

  @Test(
    .enabled(if: Rsyslog.tlsDriver != nil && TestAuthority.isPossible, "no TLS driver or openssl"))
  func theSystemsAuthoritiesDoNotVouchForAPrivateOne() throws {
    let rsyslog = try Rsyslog(.tls, authority: try TestAuthority())
    let address = SyslogAddress(transport: .tls, host: "localhost", port: rsyslog.port)
    #expect(throws: ExportError.self) {
      try export([Office.records[0]], as: NDJSONFormat(), to: address)
    }
  }

  @Test(
    "a certificate for another name is refused",
    .enabled(if: Rsyslog.tlsDriver != nil && TestAuthority.isPossible, "no TLS driver or openssl"))
  func anotherNameIsRefused() throws {
    let authority = try TestAuthority()
    let rsyslog = try Rsyslog(.tls, authority: authority)
    let address = SyslogAddress(
      transport: .tls, host: "127.0.0.1", port: rsyslog.port, authorityFile: authority.authority)
    let error = try #require(throws: ExportError.self) {
      try export([Office.records[0]], as: NDJSONFormat(), to: address)
    }
    #expect(error.kind == .tls)
    #expect(error.detail.contains("mismatch"))
  }
}
