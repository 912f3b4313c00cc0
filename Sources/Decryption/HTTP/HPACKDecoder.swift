import WireFormat

/// Header blocks of one direction of an HTTP/2 connection, with their dynamic table (RFC 7541).
///
/// Fields that nobody here asks for are decoded all the same, as later blocks may refer to them, and are held no longer
/// than the table holds them.
struct HPACKDecoder {
  /// The oldest first; those before `oldest` are evicted.
  private var entries: [(name: [UInt8], value: [UInt8])] = []
  private var oldest = 0
  /// Of the table, in the octets of RFC 7541, section 4.1.
  private(set) var size = 0
  private var capacity = 4_096

  /// The largest dynamic table that is kept, in the octets of RFC 7541, section 4.1.
  static let maximumCapacity = 1 << 20
  private static let maximumFields = 1_024
  /// Octets of the fields of one block, in the same measure: an octet may stand for a field as large as the table.
  static let maximumListByteCount = 1 << 18

  /// Reads one block.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end,
  ///   ``WireError/invalid(_:offset:)`` with `hpackInteger` for an index that is in no table, a number of more than 28
  ///   bits, a table beyond ``maximumCapacity``, too many fields or too long ones, `hpackHuffman` for a text that is none. The decoder is
  ///   of no use after it.
  mutating func read(
    _ block: RawSpan, field: (_ name: [UInt8], _ value: [UInt8]) -> Void
  ) throws(WireError) {
    var reader = ByteReader(block)
    var count = 0
    var listByteCount = 0
    func tell(_ name: [UInt8], _ value: [UInt8], _ offset: Int) throws(WireError) {
      listByteCount += name.count + value.count + 32
      guard listByteCount <= Self.maximumListByteCount else {
        throw .invalid(.hpackInteger, offset: offset)
      }
      field(name, value)
    }
    while !reader.isAtEnd {
      count += 1
      let offset = reader.offset
      guard count <= Self.maximumFields else { throw .invalid(.hpackInteger, offset: offset) }
      let first = try reader.readUInt8()
      if first & 0x80 != 0 {
        let entry = try entry(HPACKPrimitive.integer(first & 0x7f, prefix: 7, &reader), offset)
        try tell(entry.name, entry.value, offset)
      } else if first & 0xe0 == 0x20 {
        capacity = try HPACKPrimitive.integer(first & 0x1f, prefix: 5, &reader)
        guard capacity <= Self.maximumCapacity else {
          throw .invalid(.hpackInteger, offset: offset)
        }
        evict()
      } else {
        let isIndexed = first & 0x40 != 0
        let prefix: UInt8 = isIndexed ? 6 : 4
        let index = try HPACKPrimitive.integer(first & (1 << prefix - 1), prefix: prefix, &reader)
        let name = index == 0 ? try HPACKPrimitive.string(&reader) : try entry(index, offset).name
        let value = try HPACKPrimitive.string(&reader)
        try tell(name, value, offset)
        if isIndexed { add(name, value) }
      }
    }
  }

  private mutating func add(_ name: [UInt8], _ value: [UInt8]) {
    entries.append((name, value))
    size += name.count + value.count + 32
    evict()
  }

  private mutating func evict() {
    while size > capacity, oldest < entries.count {
      size -= entries[oldest].name.count + entries[oldest].value.count + 32
      entries[oldest] = ([], [])
      oldest += 1
    }
    // Moving the rest costs no more than the evictions did.
    if oldest > entries.count / 2 {
      entries.removeFirst(oldest)
      oldest = 0
    }
  }

  private func entry(_ index: Int, _ offset: Int) throws(WireError) -> (
    name: [UInt8], value: [UInt8]
  ) {
    guard index > 0 else { throw .invalid(.hpackInteger, offset: offset) }
    if index <= Self.table.count { return Self.table[index - 1] }
    let place = entries.count - (index - Self.table.count)
    guard (oldest..<entries.count).contains(place) else {
      throw .invalid(.hpackInteger, offset: offset)
    }
    return entries[place]
  }

  /// The static table (RFC 7541, appendix A).
  private static let table: [(name: [UInt8], value: [UInt8])] = names.map {
    (Array($0.0.utf8), Array($0.1.utf8))
  }

  private static let names: [(String, String)] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
  ]
}
