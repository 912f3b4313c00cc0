/// Paths of clear-text HTTP requests by which self-hosted servers are known.
///
/// There are a few dozen in all (``maximumCount``), so a lookup goes through them; most fall at the port or at the
/// length. A rule that names the port beats one that does not, then the longer path wins.
struct PathTable: Sendable {
  /// More are an error at load, so that the cost per request stays bounded.
  static let maximumCount = 256

  struct Entry: Sendable {
    let path: [UInt8]
    /// nil: any port.
    let port: UInt16?
    let rule: Int32
  }

  /// The most specific first.
  private let entries: [Entry]

  init(_ entries: [Entry]) {
    self.entries = entries.sorted { a, b in
      if (a.port == nil) != (b.port == nil) { return a.port != nil }
      return a.path.count > b.path.count
    }
  }

  /// The rule for a request target such as `/api/chat?x=1`, asked of a server at `port`.
  func rule(for target: RawSpan, port: UInt16) -> Int32? {
    for entry in entries where entry.port == nil || entry.port == port {
      if isPrefix(entry.path, of: target) { return entry.rule }
    }
    return nil
  }

  /// Whether `target` is `path` or goes on behind it at a boundary.
  private func isPrefix(_ path: [UInt8], of target: RawSpan) -> Bool {
    guard path.count <= target.byteCount else { return false }
    for offset in path.indices where target.octet(at: offset) != path[offset] { return false }
    switch target.octet(at: path.count) {
    case nil, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return true
    default: return path.last == UInt8(ascii: "/")
    }
  }
}
