import WireFormat

extension FuzzTargets {
  static var names: [any FuzzTarget.Type] {
    [
      DNSInput.self, DHCPInput.self, DHCPv6Input.self, NetBIOSInput.self, NeighboursInput.self,
      STUNInput.self,
    ]
  }
}

/// A DNS message, read to its end.
struct DNSInput: FuzzTarget {
  static let name = "dns"
  static let maximumByteCount = 2_048

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard var message = try? DNSMessage(parsing: input) else { return }
    var name = DNSName()
    var steps = 0
    do throws(WireError) {
      while try message.nextQuestion(into: &name) != nil { steps += 1 }
    } catch {}
    try hold(steps * 5 <= input.byteCount, "a question takes five octets")
    steps = 0
    while true {
      var record: DNSRecord?
      do throws(WireError) {
        guard let next = try message.nextRecord(into: &name) else { break }
        record = next
      } catch { break }
      guard let record else { break }
      steps += 1
      try hold(name.byteCount <= DNSName.maximumByteCount, "a name has its bound")
      try hold(record.data.isWithin(input.byteCount), "data lie in the message")
      try check(record, of: message, in: input)
    }
    try hold(steps * 11 <= input.byteCount, "a record takes eleven octets")
    _ = DNSMessage.isWhole(input)
  }

  private func check(
    _ record: DNSRecord, of message: borrowing DNSMessage, in input: RawSpan
  ) throws(Broken) {
    var other = DNSName()
    _ = try? message.readName(of: record, into: &other)
    try hold(other.byteCount <= DNSName.maximumByteCount, "a target has its bound")
    guard record.type == .https || record.type == .svcb,
      let binding = try? message.serviceBinding(of: record)
    else { return }
    try hold(
      binding.ipv4Hints.isWithin(input.byteCount) && binding.ipv6Hints.isWithin(input.byteCount)
        && binding.target.isWithin(input.byteCount), "a binding lies in the message")
    for index in 0..<min(binding.ipv4Hints.count / 4 + 1, 8) {
      let hint = message.ipv4Hint(index, of: binding)
      try hold((hint != nil) == (index < binding.ipv4Hints.count / 4), "as many hints as there are")
    }
    for index in 0..<min(binding.ipv6Hints.count / 16 + 1, 8) {
      let hint = message.ipv6Hint(index, of: binding)
      try hold(
        (hint != nil) == (index < binding.ipv6Hints.count / 16), "as many hints as there are")
    }
  }
}

/// A DHCP message.
struct DHCPInput: FuzzTarget {
  static let name = "dhcp"
  static let maximumByteCount = 600

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let message = try? DHCPMessage(parsing: input) else { return }
    for range in [message.hostName, message.fullyQualifiedName] {
      guard let range else { continue }
      try hold(range.isWithin(input.byteCount) && !range.isEmpty, "a name lies in the message")
    }
    if let name = message.clientName(in: input) {
      try hold(
        !name.isEmpty && name.utf8.count <= 3 * 255
          && name.unicodeScalars.allSatisfy { $0.value >= 32 },
        "a name is text of its length")
    }
  }
}

/// A name as a message has it, taken for one of NetBIOS.
struct NetBIOSInput: FuzzTarget {
  static let name = "netbios"
  static let maximumByteCount = 128

  mutating func take(_ input: RawSpan) throws(Broken) {
    var name = DNSName()
    var reader = ByteReader(input)
    guard (try? name.read(&reader, in: input)) != nil,
      let decoded = try? NetBIOSName(decoding: name)
    else { return }
    try hold(decoded.text.utf8.count <= 60, "a name has sixty octets")
    try hold(
      decoded.description.unicodeScalars.allSatisfy { (0x21...0x7e).contains($0.value) },
      "a name is visible text")
  }
}

/// A DHCPv6 message, relayed or not.
struct DHCPv6Input: FuzzTarget {
  static let name = "dhcpv6"
  static let maximumByteCount = 600

  mutating func take(_ input: RawSpan) throws(Broken) {
    guard let message = try? DHCPv6Message(parsing: input) else { return }
    if let name = message.hostName {
      try hold(name.isWithin(input.byteCount) && !name.isEmpty, "a name lies in the message")
    }
    try hold(
      (0...DHCPv6Message.maximumAddressCount).contains(message.addressCount),
      "addresses have their bound")
    for index in -1...message.addressCount {
      let isThere = (0..<message.addressCount).contains(index)
      try hold((message.address(index) != nil) == isThere, "as many addresses as there are")
    }
  }
}

/// Who has which address on a link: ARP and NDP.
struct NeighboursInput: FuzzTarget {
  static let name = "neighbours"
  static let maximumByteCount = 128

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let message = try? ARPMessage(parsing: input) {
      try hold(message.senderMAC.value < 1 << 48, "a MAC has 48 bits")
    }
    if let message = try? NeighborMessage(parsing: input) {
      try hold((message.sourceMAC?.value ?? 0) < 1 << 48, "a MAC has 48 bits")
    }
  }
}

/// A STUN message, or the data of a TURN channel.
struct STUNInput: FuzzTarget {
  static let name = "stun"
  static let maximumByteCount = 256

  mutating func take(_ input: RawSpan) throws(Broken) {
    if let message = try? STUNMessage(parsing: input) {
      try hold(message.data.isWithin(input.byteCount), "data lie in the message")
    }
    if let range = ChannelData.range(in: input) {
      try hold(range.isWithin(input.byteCount), "data lie in the message")
    }
  }
}
