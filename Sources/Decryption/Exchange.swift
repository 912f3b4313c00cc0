package import WireFormat

/// One request and its response on a decrypted connection: times, sizes and counts, and nothing that was said.
package struct Exchange: Equatable, Sendable {
  package enum HTTPVersion: String, Sendable {
    case http11 = "1.1"
    case http2 = "2"
  }

  /// Why a response says nothing of its cost.
  package enum Silence: String, Sendable, CaseIterable {
    /// It was read, and states none: a list, a page, a stream that was not asked for its usage.
    case notStated = "states no usage"
    /// Its media type is none that states usage.
    case otherMedia = "is neither JSON nor a stream of events"
    /// A content coding that is not read here.
    case unknownCoding = "has a content coding that is not read"
    /// Its coding is damaged, or expands beyond the limit.
    case damagedCoding = "could not be decompressed"
    case tooLong = "has a document of more than 16 MiB"
    /// The status is not 2xx.
    case refused = "was refused by the server"
  }

  package var http: HTTPVersion
  /// In HTTP/2.
  package var streamID: UInt32?
  /// When the first octet of the request, the last of it, the first of the response and the last of that were seen.
  package var start: Timestamp
  package var requestEnd: Timestamp
  package var responseStart: Timestamp
  package var end: Timestamp
  /// 100...999.
  package var statusCode: Int
  /// Octets of the bodies inside TLS: after content coding, before chunks or frames.
  package var requestBodyByteCount: Int
  package var responseBodyByteCount: Int
  package var facts: RequestFacts
  /// Server-sent events or lines of the response; nil for a unary reply.
  package var eventCount: Int?
  package var usage: ProviderUsage?
  /// Nil where there is usage.
  package var silence: Silence?
}
