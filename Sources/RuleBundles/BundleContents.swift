import WireFormat

/// One file in a bundle.
package struct BundleFile: Equatable, Sendable {
  /// Below the rules folder: `providers/openai.yaml`.
  package let path: String
  package let octets: [UInt8]

  package init(path: String, octets: [UInt8]) {
    (self.path, self.octets) = (path, octets)
  }

  /// The files beside the two folders.
  package static let singleFiles = ["traps.yaml", "prices.yaml", "signs.yaml"]

  /// Whether a bundle may hold a file of this path: `providers/NAME.yaml`, `profiles/NAME.yaml` or one of
  /// ``singleFiles``, with a NAME of letters, digits, `.`, `_` and `-` that begins with none of the last three; at most
  /// ``RuleBundle/maximumPathByteCount`` octets.
  package static func isAllowed(_ path: String) -> Bool {
    if singleFiles.contains(path) { return true }
    let octets = Array(path.utf8)
    guard octets.count <= RuleBundle.maximumPathByteCount,
      let folder = ["providers/", "profiles/"].first(where: { octets.starts(with: $0.utf8) }),
      octets.reversed().starts(with: ".yaml".utf8.reversed()),
      octets.count > folder.utf8.count + ".yaml".utf8.count
    else { return false }
    let name = octets.dropFirst(folder.utf8.count)
    func isLetterOrDigit(_ octet: UInt8) -> Bool {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet
    }
    guard let first = name.first, isLetterOrDigit(first) else { return false }
    return name.allSatisfy { isLetterOrDigit($0) || ".-_".utf8.contains($0) }
  }
}

/// What a bundle holds, unpacked: an index, then the files' octets one after another, in the same order.
///
///     per file:   2  length of the path
///                 n  path, UTF-8; paths ascend by their octets, so none stands twice
///                 4  length of the file
///                32  SHA-256 of the file
///
/// One set of files has one form: what has been read, written again, is the same octets.
package enum BundleContents {
  /// Reads unpacked contents.
  ///
  /// - Parameter fileCount: as the header has it, not more than ``RuleBundle/maximumFileCount``.
  /// - Throws: ``BundleError`` of the kinds `damaged`, `badPath`, `tooBig`.
  package static func files(
    in contents: RawSpan, fileCount: Int
  ) throws(BundleError) -> [BundleFile] {
    var reader = ByteReader(contents)
    do {
      var index: [(path: String, byteCount: Int, digest: [UInt8])] = []
      var last: [UInt8] = []
      for number in 0..<fileCount {
        let octets = try reader.readBytes(Int(try reader.readUInt16())).copied()
        guard let path = String(validating: octets, as: UTF8.self), BundleFile.isAllowed(path)
        else { throw refusal(of: octets, number) }
        guard last.lexicographicallyPrecedes(octets) else {
          throw BundleError(
            .damaged, "file \(number + 1), \(path), stands twice or out of order in the index")
        }
        let byteCount = Int(try reader.readUInt32())
        try BundleHeader.bound(byteCount, RuleBundle.maximumFileByteCount, "octets in \(path)")
        index.append((path, byteCount, try reader.readBytes(SHA256.byteCount).copied()))
        last = octets
      }
      var files: [BundleFile] = []
      for entry in index {
        let octets = try reader.readBytes(entry.byteCount).copied()
        guard SHA256.digest(of: octets) == entry.digest else {
          throw BundleError(.damaged, "\(entry.path) is not what its SHA-256 in the index says")
        }
        files.append(BundleFile(path: entry.path, octets: octets))
      }
      guard reader.isAtEnd else {
        throw BundleError(
          .damaged, "\(reader.remaining) octets follow the last file in the contents")
      }
      return files
    } catch let error as BundleError {
      throw error
    } catch {
      throw BundleError(
        .damaged, "the contents end at octet \(contents.byteCount), before their last file does")
    }
  }

  private static func refusal(of path: [UInt8], _ number: Int) -> BundleError {
    let shown = path.prefix(80).map { octet in
      (0x20..<0x7f).contains(octet) ? String(UnicodeScalar(octet)) : "\\x" + hexadecimal([octet])
    }
    return BundleError(
      .badPath,
      "expected providers/NAME.yaml, profiles/NAME.yaml, \(BundleFile.singleFiles.joined(separator: " or ")) as file "
        + "\(number + 1), "
        + "found \"\(shown.joined())\"")
  }

  /// The contents that hold `files`, which have distinct paths.
  package static func octets(of files: [BundleFile]) -> [UInt8] {
    let files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    var contents: [UInt8] = []
    for file in files {
      contents += UInt16(clamping: file.path.utf8.count).bigEndianOctets + file.path.utf8
      contents += UInt32(clamping: file.octets.count).bigEndianOctets
      contents += SHA256.digest(of: file.octets)
    }
    for file in files { contents += file.octets }
    return contents
  }
}

func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
  octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
