/// A name that a server without a name of its own on the wire may have, and how likely.
package struct NameCandidate: Sendable, Equatable {
  /// The judge's own; -1 for all names together that are nothing of ours.
  package var tag: Int32
  /// 0…1, by ``NameCache``'s formula; candidates of one flow add up to at most one.
  package var probability: Double

  /// From here on a candidate is believed; below it the flow is ambiguous.
  package static let threshold = 0.5

  package init(tag: Int32, probability: Double) {
    self.tag = tag
    self.probability = probability
  }
}
