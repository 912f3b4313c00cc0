/// Names of models as they are compared: providers, gateways and snapshots write the same model in several ways.
package enum ModelName {
  /// `openai/GPT-4o-2024-08-06` and `gpt-4o` are one: in lower case, without what is before the last slash, without the
  /// numbers of two digits or more at the end that date a snapshot, and without `-latest`.
  package static func plain(_ name: String) -> String {
    let own = name.prefix(200).lowercased().split(separator: "/").last ?? ""
    var parts = own.split(separator: "-", omittingEmptySubsequences: false)
    while parts.count > 1, let last = parts.last {
      guard last == "latest" || parts.count > 2 && isSnapshot(last) else { break }
      parts.removeLast()
    }
    return parts.joined(separator: "-")
  }

  private static func isSnapshot(_ part: Substring) -> Bool {
    part.utf8.count >= 2
      && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
