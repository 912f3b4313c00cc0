extension YAMLNode {
  /// Texts longer than this are refused before they are looked at.
  package static let maximumByteCount = 4 << 20
  /// Mappings and lists nested deeper than this are refused.
  package static let maximumDepth = 32

  /// Parses one document.
  ///
  /// - Parameters:
  ///   - text: The whole file.
  ///   - path: How messages name the file.
  /// - Throws: The first violation: a syntax error, more than one document or none, an anchor, alias, merge key or
  ///   tag, a key that is not a string or occurs twice, ``maximumDepth``, ``maximumByteCount``. A tag `!!str` on
  ///   what is a string anyway (a key, a quoted scalar) says nothing and is let pass.
  package static func parse(_ text: String, path: String) throws(Diagnostic) -> YAMLNode {
    guard text.utf8.count <= maximumByteCount else {
      throw Diagnostic(
        path: path, location: .start, id: .syntax,
        message: "expected at most \(maximumByteCount) bytes, found \(text.utf8.count)")
    }
    var text = text
    // Safe: the reader is gone before the buffer is.
    let result = text.withUTF8 { buffer -> Result<YAMLNode, Diagnostic> in
      do throws(Diagnostic) {
        var reader = unsafe try EventReader(buffer, path: path)
        return .success(try reader.document())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Parses one document of UTF-8 text; octets that are not UTF-8 are an error at their place.
  package static func parse(bytes: [UInt8], path: String) throws(Diagnostic) -> YAMLNode {
    guard bytes.count <= maximumByteCount else {
      throw Diagnostic(
        path: path, location: .start, id: .syntax,
        message: "expected at most \(maximumByteCount) bytes, found \(bytes.count)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let bad = String(decoding: bytes, as: UTF8.self).unicodeScalars
      var location = YAMLLocation.start
      for scalar in bad {
        if scalar == "\u{fffd}" { break }
        location.advance(past: scalar)
      }
      throw Diagnostic(path: path, location: location, id: .syntax, message: "expected UTF-8 text")
    }
    return try parse(text, path: path)
  }
}

extension YAMLLocation {
  mutating func advance(past scalar: Unicode.Scalar) {
    if scalar == "\n" {
      line += 1
      column = 1
    } else {
      column += 1
    }
  }
}
