internal import RecordStore

/// The two token figures, and which of the abstention reasons are whose.
package enum Figure: String, Sendable, CaseIterable {
  case prompt, completion

  /// The figure's own reasons with how many turns each, out of `prompt: why` and `completion: why`.
  package func reasons(in abstentions: [String: Int]) -> [String: Int] {
    let prefix = "\(rawValue): "
    var reasons: [String: Int] = [:]
    for (reason, turns) in abstentions where reason.hasPrefix(prefix) {
      reasons[String(reason.dropFirst(prefix.count)), default: 0].addSaturating(turns)
    }
    return reasons
  }
}
