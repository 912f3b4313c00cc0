import Reports
package import TrafficModel
package import WireFormat

/// Tells every name on the wire, one a line, each once per flow: what `gnomon names` prints.
package final class NamesLister: TrafficObserver {
  /// How a line is written.
  package enum Format: String, Sendable, CaseIterable {
    /// `kind  client → server  name`
    case text
    /// One JSON object: `kind`, `name`, `src`, `sport`, `dst`, `dport`.
    case ndjson
  }

  private struct Line: Hashable {
    var kind: String
    var name: String
    var client: Endpoint
    var server: Endpoint
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
    tell(sighting.source.rawValue, name, sighting.client, sighting.server)
    return .ignore
  }

  package func unnamed(_ sighting: NameSighting, inferred tag: Int32?) -> FlowInterest { .ignore }

  package func httpRequest(
    path: RawSpan, host: RawSpan, _ sighting: NameSighting
  ) -> FlowInterest {
    if !host.isEmpty { tell("http", host, sighting.client, sighting.server) }
    return .ignore
  }

  package func requested(path: RawSpan, host: RawSpan, on flow: MeteredFlow) {}

  package func tag(forAnswered name: RawSpan) -> Int32 { -1 }

  package func asked(_ name: RawSpan, client: Endpoint, server: Endpoint, at time: Timestamp) {
    tell("dns", name, client, server)
  }

  package func turnEnded(_ turn: Turn, on flow: MeteredFlow) {}

  package func flowEnded(_ flow: MeteredFlow) {}

  private func tell(_ kind: String, _ name: RawSpan, _ client: Endpoint, _ server: Endpoint) {
    let line = Line(
      kind: kind, name: name.lowercasedText(0..<name.byteCount), client: client, server: server)
    if told.count >= Self.maximumTold { told.removeAll(keepingCapacity: true) }
    guard told.insert(line).inserted else { return }
    switch format {
    case .text:
      write("\(DisplayText.fit(kind, 5)) \(client) → \(server)  \(DisplayText.clean(line.name))\n")
    case .ndjson:
      write(
        JSONValue.object([
          ("kind", .string(kind)), ("name", .string(line.name)),
          ("src", .string(client.address.description)), ("sport", .integer(Int(client.port))),
          ("dst", .string(server.address.description)), ("dport", .integer(Int(server.port))),
        ]).text() + "\n")
    }
  }
}
