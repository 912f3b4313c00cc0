import WireFormat

extension FuzzTargets {
  static var packets: [any FuzzTarget.Type] {
    [LinkInput.self, WrappingInput.self, IPInput.self, TransportInput.self]
  }
}

/// One octet for the link type, then a frame: down to the transport header.
struct LinkInput: FuzzTarget {
  static let name = "link"
  static let maximumByteCount = 256

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let types = LinkType.allCases
    let type = types[choices.octet() % types.count]
    let frame = choices.rest
    guard let link = try? LinkHeader(parsing: frame, as: type) else { return }
    try hold((0...frame.byteCount).contains(link.byteCount), "the packet begins in the frame")
    try hold(link.vlan < 4_096, "a VLAN identifier has twelve bits")
    try hold(link.sourceMAC.value < 1 << 48, "a MAC has 48 bits")
    let rest = frame.extracting(link.byteCount..<frame.byteCount)
    try WrappingInput.descend(rest, as: link.next, depth: 0)
  }
}

/// One octet for the layer, then octets that begin so: down through all that follows.
struct WrappingInput: FuzzTarget {
  static let name = "wrapping"
  static let maximumByteCount = 512

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let layers = Layer.allCases
    let layer = layers[choices.octet() % layers.count]
    _ = layer.isPlausible(choices.rest, originalLength: choices.remaining)
    try Self.descend(choices.rest, as: layer, depth: 0)
  }

  static func descend(_ octets: RawSpan, as layer: Layer, depth: Int) throws(Broken) {
    guard depth < 32 else { return }
    switch layer {
    case .ip:
      try IPInput.check(octets, originalLength: octets.byteCount)
    case .wifiAggregate:
      var frames = AggregatedFrames(octets)
      var end = 0
      while let frame = frames.next() {
        try hold(
          frame.octets.isWithin(octets.byteCount) && frame.octets.lowerBound >= end + 14
            && !frame.octets.isEmpty, "frames of an aggregate follow one another")
        end = frame.octets.upperBound
        try descend(octets.extracting(frame.octets), as: .llc, depth: depth + 1)
      }
    default:
      guard let wrapping = try? Wrapping(parsing: octets, as: layer) else { return }
      try hold(
        (0...octets.byteCount).contains(wrapping.headerLength), "a header lies in its octets")
      try hold((wrapping.payloadLength ?? 0) >= 0, "a length is none below zero")
      try hold((wrapping.sourceMAC?.value ?? 0) < 1 << 48, "a MAC has 48 bits")
      guard wrapping.next != layer || wrapping.headerLength > 0 else { return }
      let end = min(
        octets.byteCount,
        wrapping.headerLength + min(wrapping.payloadLength ?? octets.byteCount, octets.byteCount))
      try descend(
        octets.extracting(wrapping.headerLength..<end), as: wrapping.next, depth: depth + 1)
    }
  }
}

/// One octet that the packet is said to be longer by, then a packet.
struct IPInput: FuzzTarget {
  static let name = "ip"
  static let maximumByteCount = 256

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let more = choices.octet()
    try Self.check(choices.rest, originalLength: choices.remaining + more)
  }

  static func check(_ packet: RawSpan, originalLength: Int) throws(Broken) {
    let whole = try? IPHeader(parsing: packet, originalLength: originalLength)
    if let plain = IPHeader(plainV4: packet) {
      try hold(
        whole?.source == plain.source && whole?.destination == plain.destination
          && whole?.transportProtocol == plain.transportProtocol
          && whole?.hopLimit == plain.hopLimit && whole?.totalLength == plain.totalLength
          && whole?.headerLength == plain.headerLength && whole?.capturedEnd == plain.capturedEnd
          && whole?.fragment == nil, "a plain packet reads as it does in full")
    }
    guard let ip = whole else { return }
    try hold((20...packet.byteCount).contains(ip.headerLength), "the headers lie in the packet")
    try hold(ip.totalLength >= ip.headerLength, "a packet is no shorter than its headers")
    try hold(
      (0...packet.byteCount).contains(ip.capturedEnd), "the packet ends in what was captured")
    if let fragment = ip.fragment {
      try hold((0...65_528).contains(fragment.offset), "a fragment's offset has 16 bits")
      try hold(fragment.offset > 0 || fragment.moreFollow, "a whole packet is no fragment")
    }
    guard ip.headerLength <= ip.capturedEnd else { return }
    let segment = packet.extracting(ip.headerLength..<ip.capturedEnd)
    try TransportInput.check(segment, length: ip.totalLength - ip.headerLength)
  }
}

/// One octet that the segment is said to be longer by, then a segment or datagram.
struct TransportInput: FuzzTarget {
  static let name = "transport"
  static let maximumByteCount = 128

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let more = choices.octet()
    try Self.check(choices.rest, length: choices.remaining + more)
  }

  static func check(_ segment: RawSpan, length: Int) throws(Broken) {
    if let header = try? TransportHeader(tcp: segment, length: length) {
      try hold((20...60).contains(header.headerLength), "a TCP header has 20 to 60 octets")
      try hold(
        header.payloadLength >= 0 && header.headerLength + header.payloadLength == length,
        "header and payload are the segment")
    }
    if let header = try? TransportHeader(udp: segment, length: length) {
      try hold(
        header.payloadLength >= 0 && header.payloadLength <= max(length, 8) - 8,
        "a datagram's payload lies in its packet")
    }
  }
}
