/// How much of a request is a conversation that has grown little by little on its connection.
///
/// Clients of stateless APIs send the whole history each time: a request is the one before and a little more. What was added
/// in small steps is text; what came at once may be a file or an image.
struct RequestGrowth {
  /// A file or an image is seldom smaller, in octets; what is added in one turn of talk seldom larger.
  static let mostStep = 3_000
  /// Headers that HPACK has in its table by then, and what a client leaves out again, in octets.
  static let slack = 600

  private var previous = 0
  private var grown = 0

  /// Takes in a request in order of time.
  ///
  /// - Returns: the octets of it that small steps have added since the first of its conversation, as far as we saw it.
  mutating func next(octets: Int, isOne: Bool) -> Int {
    defer { previous = isOne ? octets : 0 }
    guard isOne, previous > 0, octets >= previous - Self.slack else {
      grown = 0
      return 0
    }
    let step = octets - previous
    if step > 0, step <= Self.mostStep { grown += step }
    grown = min(grown, octets)
    return grown
  }
}
