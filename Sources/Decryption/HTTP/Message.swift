import WireFormat

/// The body of a request as it comes: counted, and kept while it is JSON of a bearable size.
struct RequestBody {
  private(set) var byteCount = 0
  private var octets: [UInt8] = []
  private let decoder: ContentDecoder?
  private var isKept: Bool

  /// A longer body is counted and not read.
  static let maximumByteCount = 16 << 20

  var heldByteCount: Int { octets.count + (decoder?.heldByteCount ?? 0) }

  init(_ fields: MessageFields) {
    decoder = fields.coding.map(ContentDecoder.init)
    isKept = decoder != nil && fields.contentType.lowercased().contains("json")
  }

  mutating func read(_ bytes: ArraySlice<UInt8>) {
    byteCount += bytes.count
    guard isKept, let decoder else { return }
    var kept = octets
    octets = []
    var fits = true
    decoder.decode(bytes) { part in
      // A few octets may stand for very many.
      fits = fits && kept.count + part.count <= Self.maximumByteCount
      if fits { kept += part } else { kept = [] }
    }
    isKept = fits && !decoder.hasFailed
    octets = isKept ? kept : []
  }

  /// What the body says of itself; the body is gone then.
  mutating func finish() -> RequestFacts {
    defer { octets = [] }
    return isKept ? RequestFacts(reading: octets[...]) : RequestFacts()
  }
}

/// The body of a response as it comes.
struct ResponseBody {
  private(set) var byteCount = 0
  private let decoder: ContentDecoder?
  private let form: ReplyReader.Form
  private var reader: ReplyReader
  private let statusCode: Int

  var heldByteCount: Int { reader.heldByteCount + (decoder?.heldByteCount ?? 0) }

  init(_ fields: MessageFields, statusCode: Int) {
    decoder = fields.coding.map(ContentDecoder.init)
    form = ReplyReader.form(ofContentType: fields.contentType)
    reader = ReplyReader(form)
    self.statusCode = statusCode
  }

  mutating func read(_ bytes: ArraySlice<UInt8>) {
    byteCount += bytes.count
    guard form != .other, let decoder else { return }
    var reader = reader
    self.reader = ReplyReader(.other)
    decoder.decode(bytes) { reader.read($0) }
    self.reader = reader
  }

  /// Puts what the body said into the exchange.
  mutating func finish(_ exchange: inout Exchange) {
    exchange.responseBodyByteCount = byteCount
    exchange.statusCode = statusCode
    exchange.usage = reader.finish()
    exchange.eventCount = reader.eventCount
    guard exchange.usage == nil else { return }
    exchange.silence =
      if !(200..<300).contains(statusCode) {
        .refused
      } else if decoder == nil {
        .unknownCoding
      } else if decoder?.hasFailed == true {
        .damagedCoding
      } else if reader.isTooLong {
        .tooLong
      } else {
        form == .other ? .otherMedia : .notStated
      }
  }
}

/// The fields of a message that say how its body is read.
struct MessageFields {
  var contentType = ""
  /// Nil where the coding is not one that is read here.
  var coding: ContentDecoder.Coding? = .identity
  /// What HTTP/1.1 is left for.
  var upgrade = ""

  mutating func note(name: String, value: String) {
    switch name.lowercased() {
    case "content-type": contentType = value
    case "content-encoding":
      let name = value.lowercased()
      coding = name.isEmpty ? .identity : .init(rawValue: name == "x-gzip" ? "gzip" : name)
    case "upgrade": upgrade = value
    default: break
    }
  }

  init() {}

  /// From the field lines of an HTTP/1 head (RFC 9112, section 5).
  init(head: ArraySlice<UInt8>) {
    for line in head.split(separator: UInt8(ascii: "\n")).dropFirst() {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
      note(
        name: String(decoding: line[..<colon], as: UTF8.self),
        value: value.filter { $0 != "\r" && $0 != "\r\n" && $0 != " " && $0 != "\t" })
    }
  }
}
