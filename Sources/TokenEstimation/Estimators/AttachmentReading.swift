import Foundation

/// Requests that carry files or images beside their text.
///
/// Nothing on the wire tells base64 from text, so that a request of many octets is read both ways: `share` is how likely it
/// is large because of an attachment.
/// `scripts/profile_fitting/attachments.py` does the same, step for step (a test compares them).
package struct AttachmentModel: Sendable, Equatable {
  /// Requests that name an image by its address: more of them than can be left out of an interval.
  package struct Named: Sendable, Equatable {
    /// Octets of the body.
    package var from: Double
    package var upTo: Double
    /// That the image takes beside the text at least.
    package var tokens: Double
  }

  /// The share that the largest requests come to, 0…1.
  package var most: Double
  /// Octets at which half of ``most`` is reached.
  package var even: Double
  /// How fast the share grows there, as a power of the octets.
  package var steepness: Double
  /// Tokens of the whole request are octets ^ ``power`` ÷ this.
  package var perToken: Double
  package var power: Double
  /// The truth seldom lies below likely × e^low; no attachment is known to take many more tokens than its octets as text.
  package var low: Double
  /// What the likely value is multiplied by for sums.
  package var meanFactor: Double
  package var named: Named?

  /// How likely a request with a body of so many octets carries an attachment, 0…1.
  func share(of octets: Double) -> Double {
    guard octets > 0, octets.isFinite else { return 0 }
    return most / (1 + pow(even / octets, steepness))
  }

  /// A request of a body of so many octets, read as text and as one with an attachment.
  ///
  /// The interval holds both readings where neither is out of the question. The likely value is that of the likelier, as any
  /// between the two would be right for neither; the mean is between them.
  ///
  /// - Parameter grown: octets that earlier requests have added in small steps, which are text in either reading.
  func mixed(
    _ text: TokenEstimate, octets: Double, grown: Double = 0
  ) -> (estimate: TokenEstimate, isOpen: Bool) {
    var mixed = text
    if let named, named.from <= octets, octets <= named.upTo {
      mixed.high = max(text.high, text.likely + named.tokens)
    }
    let atOnce = octets - min(max(0, grown), max(0, octets))
    let share = share(of: atOnce)
    guard share > 0 else { return (mixed, false) }
    let asText = 1 - atOnce / octets
    let attached = max(1, pow(atOnce, power) / perToken)
    let likely = asText * text.likely + attached
    if share > 0.5 {
      mixed.likely = likely
      mixed.high = max(mixed.high, likely)
    }
    mixed.mean = (1 - share) * text.mean + share * (asText * text.mean + attached * meanFactor)
    let isOpen = share >= Self.open
    if isOpen { mixed.low = min(text.low, asText * text.low + max(1, attached * exp(low))) }
    return (mixed, isOpen)
  }

  /// A reading that is likelier lies within the interval.
  private static let open = 0.02
}
