/// What new rules change for an engine that has judged by other ones.
package struct RuleChange: Sendable {
  /// A name that is one of ours now and was not.
  package struct NewName: Sendable, Hashable {
    /// Lower case, without a dot at its end.
    package var text: String
    /// Names below it are ours as well.
    package var coversBelow: Bool

    package init(_ text: String, coversBelow: Bool) {
      self.text = text
      self.coversBelow = coversBelow
    }
  }

  /// For each tag that the judge has given, by its number, the one that stands for it from now on; -1 for what is no
  /// longer ours.
  package var tags: [Int32]
  /// Of these ``maximumNewNames`` are looked for.
  package var newNames: [NewName]
  /// Names one label below one of these that are nothing of ours all the same.
  package var exceptions: [String]

  /// Names that are looked for among what is known only by hashes of 32 bits. With so many, a table of 393,216 flows has
  /// one taken for another's once in five reloads at the worst; with ten names and 20,000 flows once in ten thousand.
  package static let maximumNewNames = 1_024

  package init(tags: [Int32], newNames: [NewName] = [], exceptions: [String] = []) {
    self.tags = tags
    self.newNames = newNames
    self.exceptions = exceptions
  }

  /// The tag that stands for an earlier one.
  func tag(for earlier: Int32) -> Int32 {
    tags.indices.contains(Int(earlier)) ? tags[Int(earlier)] : -1
  }

  /// What became of the flows that were open.
  package struct Outcome: Sendable, Equatable {
    /// Flows that were metered.
    package var meteredCount = 0
    /// Of these, flows that are nothing of ours any more.
    package var droppedCount = 0
    /// Flows that were ignored and whose name is ours now: metered from their next payload on.
    package var recalledCount = 0
    /// Flows that were ignored and told no name: asked about again at their next payload.
    package var askedAgainCount = 0

    package init() {}
  }
}
