import Reports
package import TrafficModel
package import WireFormat

/// Tells every name on the wire, one a line, each once per flow: what `gnomon names` prints.
package final class NamesLister: TrafficObserver {
  /// How a line is written.
  package enum Format: String, Sendable, CaseIterable {
    /// `kind  client → server  name`, and behind it what else is known: a hello's JA4, `  (ech: real)`,
    /// ` via geneve A → B`.
    case text
    /// One JSON object: `kind`, `name`, `src`, `sport`, `dst`, `dport`; of a hello `version`, `ja4`, `alpn` and
    /// `resumption`; and where they apply `ech` (a hello has encrypted_client_hello), `how` (a flow hides names),
    /// `tunnel` with `kind`, `src`, `dst`.
    case ndjson
  }

  private struct Line: Hashable {
    var kind: String
    var name: String
    var client: Endpoint
    var server: Endpoint
  }

  /// What only some lines have.
  private struct Details {
    var ech = EncryptedHello.none
    var how: HiddenNames?
    var tunnel: Tunnel?
    var facts: HelloFacts?

    init(_ sighting: NameSighting) {
      ech = sighting.ech
      tunnel = sighting.tunnel
      // A certificate is the server's; the hello says nothing about its names.
      if sighting.source != .certificate { facts = sighting.facts }
    }

    init(tunnel: Tunnel?) { self.tunnel = tunnel }
  }

  private let format: Format
  private let write: (String) -> Void
  /// Lines already told, so that a repeated question is told once; forgotten when there are many.
  private var told: Set<Line> = []

  static let maximumTold = 100_000

  package init(format: Format, write: @escaping (String) -> Void) {
    self.format = format
    self.write = write
  }

  package func named(_ name: RawSpan, _ sighting: NameSighting) -> FlowInterest {
    tell(sighting.source.rawValue, name, sighting.client, sighting.server, Details(sighting))
    return .ignore
  }

  package func alsoNamed(_ name: RawSpan, _ sighting: NameSighting) {
    tell(sighting.source.rawValue, name, sighting.client, sighting.server, Details(sighting))
  }

  package var wantsHelloFacts: Bool { true }

  package func unnamed(
    _ sighting: inout NameSighting, candidates: [NameCandidate]
  ) -> FlowInterest { .ignore }

  package func proxied(to host: RawSpan, _ sighting: NameSighting) {
    tell(sighting.source.rawValue, host, sighting.client, sighting.server, Details(sighting))
  }

  package func httpRequest(
    path: RawSpan, host: RawSpan, _ sighting: NameSighting
  ) -> FlowInterest {
    if !host.isEmpty {
      tell("http", host, sighting.client, sighting.server, Details(sighting))
    }
    return .ignore
  }

  package func hidesNames(_ name: RawSpan, _ sighting: NameSighting, how: HiddenNames) {
    var details = Details(sighting)
    details.how = how
    if name.isEmpty {
      let address = Array(sighting.server.address.description.utf8)
      tell("hidden", address.octets, sighting.client, sighting.server, details)
    } else {
      tell("hidden", name, sighting.client, sighting.server, details)
    }
  }

  package func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow) {}

  package func tag(forAnswered name: RawSpan) -> Int32 { -1 }

  package func asked(
    _ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp, in tunnel: Tunnel?
  ) {
    let isNetBIOS = client.port == 137 || server.port == 137
    tell(isNetBIOS ? "netbios" : "dns", name, client, server, Details(tunnel: tunnel))
  }

  package func turnEnded(_ turn: Turn, on flow: MeteredFlow) {}

  package func flowEnded(_ flow: MeteredFlow) {}

  /// A name that was told in one packet is not told again because another came in a tunnel.
  private func tell(
    _ kind: String, _ name: RawSpan, _ client: Endpoint, _ server: Endpoint, _ details: Details
  ) {
    let line = Line(
      kind: kind, name: name.lowercasedText(0..<name.byteCount), client: client, server: server)
    if told.count >= Self.maximumTold { told.removeAll(keepingCapacity: true) }
    guard told.insert(line).inserted else { return }
    write(format == .text ? Self.text(line, details) : Self.json(line, details))
  }

  private static func text(_ line: Line, _ details: Details) -> String {
    let ech = details.ech == .none ? "" : "  (ech: \(details.ech.rawValue))"
    let how = details.how.map { "  (names hidden: \($0.rawValue))" } ?? ""
    let ja4 = details.facts?.ja4.map { "  \($0)" } ?? ""
    let via = details.tunnel.map { " via \($0)" } ?? ""
    let kind = DisplayText.fit(line.kind == "certificate" ? "cert" : line.kind, 7)
    return "\(kind) \(line.client) → \(line.server)  "
      + "\(DisplayText.clean(line.name))\(ja4)\(ech)\(how)\(via)\n"
  }

  private static func json(_ line: Line, _ details: Details) -> String {
    var fields: [(String, JSONValue)] = [
      ("kind", .string(line.kind)), ("name", .string(line.name)),
      ("src", .string(line.client.address.description)), ("sport", .integer(Int(line.client.port))),
      ("dst", .string(line.server.address.description)), ("dport", .integer(Int(line.server.port))),
    ]
    fields += members(details.facts)
    if details.ech != .none { fields.append(("ech", .string(details.ech.rawValue))) }
    if let how = details.how { fields.append(("how", .string(how.rawValue))) }
    if let tunnel = details.tunnel {
      let ends: [(String, JSONValue)] = [
        ("kind", .string(tunnel.kind.rawValue)), ("src", .string(tunnel.source.description)),
        ("dst", .string(tunnel.destination.description)),
      ]
      fields.append(("tunnel", .object(ends)))
    }
    return JSONValue.object(fields).text() + "\n"
  }

  private static func members(_ facts: HelloFacts?) -> [(String, JSONValue)] {
    guard let facts else { return [] }
    var members: [(String, JSONValue)] = [("version", .string(facts.versionName))]
    if let ja4 = facts.ja4 { members.append(("ja4", .string(ja4))) }
    if !facts.applicationProtocols.isEmpty {
      members.append(("alpn", .array(facts.applicationProtocols.map { .string($0) })))
    }
    let ways: [(SessionResumption, String)] = [
      (.sessionID, "session_id"), (.ticket, "ticket"), (.preSharedKey, "psk"),
      (.earlyData, "early_data"),
    ]
    let offered = ways.filter { facts.resumption.contains($0.0) }
    if !offered.isEmpty {
      members.append(("resumption", .array(offered.map { .string($0.1) })))
    }
    return members
  }
}
