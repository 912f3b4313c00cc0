/// Finds aliases before the parser runs.
///
/// Aliases of aliases make a small text grow without bound, and Yams expands them while it parses, so that refusing
/// them afterwards is too late. An alias works only where its anchor is named in the same text; a text in which no
/// `*name` has its `&name` is therefore safe to parse, and what is left of anchors is refused in the tree.
enum AliasScan {
  /// Where the first `*name` stands whose `&name` occurs anywhere in the text.
  static func firstAlias(in text: String) -> YAMLLocation? {
    let bytes = Array(text.utf8)
    guard bytes.contains(UInt8(ascii: "&")), bytes.contains(UInt8(ascii: "*")) else { return nil }
    var anchors: Set<ArraySlice<UInt8>> = []
    for index in bytes.indices where bytes[index] == UInt8(ascii: "&") {
      anchors.insert(name(in: bytes, after: index))
    }
    for index in bytes.indices where bytes[index] == UInt8(ascii: "*") {
      let alias = name(in: bytes, after: index)
      guard !alias.isEmpty, anchors.contains(alias) else { continue }
      var location = YAMLLocation.start
      for scalar in String(decoding: bytes[..<index], as: UTF8.self).unicodeScalars {
        location.advance(past: scalar)
      }
      return location
    }
    return nil
  }

  /// The anchor name that begins behind `index`: letters, digits, `-` and `_`, as libyaml reads them.
  private static func name(in bytes: [UInt8], after index: Int) -> ArraySlice<UInt8> {
    bytes[(index + 1)...].prefix { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
