import WireFormat

/// A line of a key log that cannot be read.
package struct KeyLogError: Error, Equatable, CustomStringConvertible {
  package var path: String
  /// From 1.
  package var line: Int
  package var column: Int
  package var message: String

  package var description: String { "\(path):\(line):\(column): error: \(message)" }
}

/// The secrets of connections, as clients and servers write them in the form of NSS.
///
///     LABEL SP client random, 64 hexadecimal digits SP secret, hexadecimal digits
///                                                        RFC 9850, section 2
///
/// A line that is empty or begins with `#` is a comment. Labels that say nothing of application data (exporters, RSA,
/// ECH, later generations of traffic secrets) are passed over and counted.
///
/// Secrets are held in memory while a run lasts. There is no way from here to a file: the type is neither `Codable` nor
/// printable.
package struct KeyLog: Sendable {
  /// What is known of one connection. An empty secret is not known.
  struct Secrets: Sendable {
    /// The master secret of TLS 1.2 and before (RFC 5246, section 8.1).
    var master: [UInt8] = []
    /// Of TLS 1.3 (RFC 8446, section 7.1).
    var clientEarly: [UInt8] = []
    var clientHandshake: [UInt8] = []
    var serverHandshake: [UInt8] = []
    var clientTraffic: [UInt8] = []
    var serverTraffic: [UInt8] = []

    var hasTLS13: Bool { !clientTraffic.isEmpty && !serverTraffic.isEmpty }
  }

  private var secrets: [ClientRandom: Secrets] = [:]
  /// Lines whose label is not one of those that are read.
  package private(set) var unknownLabelCount = 0

  /// Connections of which some secret is known.
  package var connectionCount: Int { secrets.count }

  /// Connections that are kept; a line of a further one is an error.
  package static let maximumConnectionCount = 1_000_000

  package init() {}

  func secrets(of random: ClientRandom) -> Secrets? { secrets[random] }

  /// Adds the lines of a key log.
  ///
  /// - Parameters:
  ///   - octets: the file, or what a decryption secrets block of a capture holds.
  ///   - path: for messages.
  /// - Throws: ``KeyLogError`` for the first line that is none: a known label without a random of 32 octets or without a
  ///   secret of 32 or 48 octets in hexadecimal digits, a line without a label, one connection too many.
  package mutating func add(_ octets: [UInt8], path: String) throws(KeyLogError) {
    var number = 0
    var start = 0
    while start < octets.count {
      number += 1
      var end = start
      while end < octets.count, octets[end] != UInt8(ascii: "\n") { end += 1 }
      var line = octets[start..<end]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      do throws(LineError) {
        try add(line)
      } catch {
        throw KeyLogError(
          path: path, line: number, column: error.offset - start + 1, message: error.message)
      }
      start = end + 1
    }
  }

  private struct LineError: Error {
    var offset: Int
    var message: String
  }

  private mutating func add(_ line: ArraySlice<UInt8>) throws(LineError) {
    guard let first = line.first, first != UInt8(ascii: "#") else { return }
    let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard let label = words.first, !label.isEmpty, label.count <= 64,
      label.allSatisfy(Self.isLabelOctet)
    else {
      throw LineError(
        offset: line.startIndex, message: "expected a label such as CLIENT_TRAFFIC_SECRET_0")
    }
    guard let place = Self.place(of: String(decoding: label, as: UTF8.self)) else {
      unknownLabelCount += 1
      return
    }
    guard words.count >= 2, let random = Self.octets(words[1]), random.count == 32 else {
      throw LineError(
        offset: words.count >= 2 ? words[1].startIndex : line.endIndex,
        message: "expected the client random as 64 hexadecimal digits")
    }
    guard words.count == 3, let secret = Self.octets(words[2]),
      place == \.master ? secret.count == 48 : secret.count == 32 || secret.count == 48
    else {
      let expected = place == \.master ? "96" : "64 or 96"
      throw LineError(
        offset: words.count >= 3 ? words[2].startIndex : line.endIndex,
        message: "expected the secret as \(expected) hexadecimal digits")
    }
    var reader = ByteReader(random.octets)
    guard let key = try? ClientRandom(parsing: &reader) else { return }
    guard secrets[key] != nil || secrets.count < Self.maximumConnectionCount else {
      throw LineError(
        offset: line.startIndex,
        message: "expected secrets of at most \(Self.maximumConnectionCount) connections")
    }
    secrets[key, default: Secrets()][keyPath: place] = secret
  }

  private static func place(of label: String) -> WritableKeyPath<Secrets, [UInt8]>? {
    switch label {
    case "CLIENT_RANDOM": \.master
    case "CLIENT_EARLY_TRAFFIC_SECRET": \.clientEarly
    case "CLIENT_HANDSHAKE_TRAFFIC_SECRET": \.clientHandshake
    case "SERVER_HANDSHAKE_TRAFFIC_SECRET": \.serverHandshake
    case "CLIENT_TRAFFIC_SECRET_0": \.clientTraffic
    case "SERVER_TRAFFIC_SECRET_0": \.serverTraffic
    default: nil
    }
  }

  private static func isLabelOctet(_ octet: UInt8) -> Bool {
    (0x41...0x5a).contains(octet) || (0x30...0x39).contains(octet) || octet == UInt8(ascii: "_")
      || (0x61...0x7a).contains(octet)
  }

  private static func octets(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    guard digits.count % 2 == 0, digits.count <= 256 else { return nil }
    var octets: [UInt8] = []
    octets.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x41...0x46: value = digit - 0x41 + 10
      case 0x61...0x66: value = digit - 0x61 + 10
      default: return nil
      }
      if let first = high {
        octets.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return octets
  }
}
