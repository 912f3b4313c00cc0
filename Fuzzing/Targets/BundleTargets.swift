import RuleBundles
import WireFormat

/// What could be in a bundle by the hand of somebody who has the key: no signature is looked at.
///
/// One octet for the number of files and the kind, then a whole bundle, or its contents as they are when unpacked, which a
/// fuzzer could not reach through zlib.
struct RuleBundleInput: FuzzTarget {
  static let name = "rule-bundle"
  static let maximumByteCount = 4_096

  mutating func take(_ input: RawSpan) throws(Broken) {
    var choices = Choices(input)
    let kind = choices.octet()
    if kind & 1 == 0 {
      // Whoever has no key gets nowhere, whatever the octets are.
      try hold(
        (try? RuleBundle(choices.rest, trusting: [])) == nil, "without a key nothing is read")
      guard let bundle = try? RuleBundle(unverified: choices.rest) else { return }
      try check(bundle.files)
    } else {
      let contents = choices.rest
      guard let files = try? BundleContents.files(in: contents, fileCount: kind >> 1) else {
        return
      }
      try check(files)
      try hold(files.count == kind >> 1, "as many files are read as there are said to be")
      try hold(
        BundleContents.octets(of: files) == contents.copied(),
        "one set of files has one form")
    }
  }

  private func check(_ files: [BundleFile]) throws(Broken) {
    try hold(Set(files.map(\.path)).count == files.count, "no file stands twice")
    for file in files {
      try hold(!file.path.contains("\0"), "no path ends early")
      let isKnown =
        BundleFile.singleFiles.contains(file.path)
        || ["providers/", "profiles/"].contains {
          file.path.hasPrefix($0) && file.path.hasSuffix(".yaml")
            && file.path.utf8.count { $0 == UInt8(ascii: "/") } == 1
        }
      try hold(isKnown, "a path is of a known folder")
    }
  }
}
