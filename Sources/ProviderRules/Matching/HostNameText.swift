/// The form in which rule files write host names.
enum HostNameText {
  /// What is wrong with `text` as the name of a host or of a domain; nil when it is a lower-case A-label name of at
  /// least two labels (RFC 1035, section 2.3.4; RFC 5890 for A-labels; `_` as seen in DNS).
  static func objection(to text: String) -> String? {
    guard text.utf8.count <= 253 else { return "expected a name of at most 253 octets" }
    if text.utf8.last == UInt8(ascii: ".") { return "expected a name without the trailing dot" }
    if text.hasPrefix("*.") {
      return "expected a name without `*.`: a suffix matches the name and all below it"
    }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    for label in labels {
      guard (1...63).contains(label.count) else {
        return "expected labels of 1 to 63 octets between the dots"
      }
      guard label.allSatisfy(isNameOctet), label.first != UInt8(ascii: "-"),
        label.last != UInt8(ascii: "-")
      else {
        return "expected a host name of a-z, 0-9 and `-` (lower case; other scripts as `xn--…`)"
      }
    }
    guard labels.count >= 2 else {
      return "expected at least two labels: a single one is a whole top-level domain"
    }
    if labels.last?.allSatisfy({ (48...57).contains($0) }) == true {
      return "expected a host name, found an address"
    }
    if isPublicSuffix(text) {
      return "expected a name below `\(text)`, under which anybody can register"
    }
    return nil
  }

  /// Whether anybody can register names below it, as far as the few known here say.
  static func isPublicSuffix(_ text: String) -> Bool { publicSuffixes.contains(text) }

  static func isNameOctet(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Second-level registries that a rule is most likely to name by mistake. Not the public suffix list; hosting
  /// platforms are in `traps.yaml`.
  private static let publicSuffixes: Set<String> = [
    "ac.uk", "co.il", "co.in", "co.jp", "co.kr", "co.nz", "co.uk", "co.za", "com.ar", "com.au",
    "com.br", "com.cn", "com.hk", "com.mx", "com.sg", "com.tr", "com.tw", "edu.cn", "gov.uk",
    "net.cn", "org.cn", "org.uk",
  ]
}
