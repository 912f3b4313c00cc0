/// A piece of a page that is safe to put into a page.
///
/// Literals are markup. Whatever is interpolated is text and is escaped, unless it is `HTML` itself: a host name
/// from DHCP or a server name off the wire can therefore not become markup, in content or in a quoted attribute.
struct HTML: ExpressibleByStringInterpolation, Sendable {
  private(set) var markup: String

  init(stringLiteral value: String) { markup = value }

  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  init(joining parts: some Sequence<HTML>, separator: HTML = "") {
    markup = parts.map(\.markup).joined(separator: separator.markup)
  }

  /// A host name that breaks between its labels where it must break.
  init(breakingAtDots name: String) {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    self.init(joining: labels.map { "\(String($0))" }, separator: ".<wbr>")
  }

  static let nothing: HTML = ""

  static func + (a: HTML, b: HTML) -> HTML { "\(a)\(b)" }

  static func += (a: inout HTML, b: HTML) { a.markup += b.markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ html: HTML) { markup += html.markup }

    mutating func appendInterpolation(_ number: Int) { markup += String(number) }

    mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
  }

  /// Text as content or as the value of a quoted attribute. Characters that cannot be seen are replaced
  /// (``DisplayText/clean(_:)``).
  private static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in DisplayText.clean(text).unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}

extension Sequence {
  /// Each element as a piece of a page, one after the other.
  func html(separator: HTML = "", _ piece: (Element) -> HTML) -> HTML {
    HTML(joining: map(piece), separator: separator)
  }
}
