/// How a host's name is known; a name does not take the place of a stronger one.
package enum HostNameSource: String, Sendable, Comparable, CaseIterable {
  /// Said to all on the link in answer to a question (RFC 4795).
  case llmnr
  /// Registered with NetBIOS (RFC 1002).
  case netbios
  /// Said to all on the link (RFC 6762).
  case mdns
  /// Given in DHCPv6 (RFC 4704).
  case dhcpv6
  /// Given in DHCP, to the server that the network trusts.
  case dhcp

  private var strength: Int {
    switch self {
    case .llmnr: 0
    case .netbios: 1
    case .mdns: 2
    case .dhcpv6: 3
    case .dhcp: 4
    }
  }

  package static func < (a: Self, b: Self) -> Bool { a.strength < b.strength }
}

/// A name that a host calls itself by: one that can be shown.
struct HostName: Equatable {
  let text: String

  /// Octets of UTF-8: one label of DNS.
  static let maximumByteCount = 63

  /// nil for an empty or long name, and for one with control or format characters or octets that are no
  /// UTF-8: a host may call itself anything.
  init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= Self.maximumByteCount else { return nil }
    let isShown = text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
        .unassigned:
        false
      default: scalar != "\u{fffd}"
      }
    }
    guard isShown else { return nil }
    self.text = text
  }
}
