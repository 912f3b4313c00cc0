/// What tells turns apart: silences and sizes.
extension TurnBuilder {
  /// Silence after the response began that ends a turn, in nanoseconds.
  /// Some models think for minutes after the head of the response.
  static let responseIdle: Int64 = 300_000_000_000
  /// Silence after which a response is taken to be whole though nothing closed it.
  static let silence: Int64 = 5_000_000_000
  /// Silence after a request that ends waiting for its answer: long, because a model may think.
  static let requestIdle: Int64 = 900_000_000_000
  /// A burst of fewer net octets upstream is no request: the smallest chat call in the clear is larger.
  static let minimumRequestOctets = 80
  /// WINDOW_UPDATE for the connection and for a stream (RFC 9113, section 6.9) take so many octets. Where more has come
  /// down after a request in small records it was an answer, of a few octets.
  static let plainControlOctets = 26
  /// What clients report on themselves is seldom more; servers answer larger requests with window updates.
  static let maximumPostOctets = 8_192
  /// An answer that is over sooner than this after the request, the round trip not counted, is a page, a list or an
  /// acknowledgement, no model's work: one pass over a prompt takes longer. In nanoseconds. Servers on the LAN, whose
  /// requests are in the clear and told by their path, are exempt.
  static let minimumResponseTime: Int64 = 150_000_000
  /// Round trips are believed up to this: a lost hello makes one look longer than it is. In nanoseconds.
  static let maximumRoundTrip: Int64 = 200_000_000
  /// Between two records of an answer that goes on there is seldom more than this, in nanoseconds.
  static let streamPause: Int64 = 250_000_000
  /// The same between the answers of requests that run side by side: while one ends another may be waited for.
  static let overlapPause: Int64 = 1_000_000_000

  /// Headers in HPACK are smaller, and most bodies are larger.
  static let mostHeaderOctets = 400
}
