/// Why a bundle is refused.
package struct BundleError: Error, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable, CaseIterable {
    /// The first octets are those of no bundle.
    case notABundle
    /// A bundle of a format that this program does not read.
    case otherFormat
    /// The bundle ends too early.
    case truncated
    /// Something follows the signature.
    case trailingOctets
    /// A length or count is over its bound.
    case tooBig
    /// None of the trusted keys has signed it.
    case foreignKey
    /// It names a trusted key, and is not what that key has signed.
    case badSignature
    /// It is signed as it is, and its contents are not what a bundle holds.
    case damaged
    /// A file in it has a path that no bundle may have.
    case badPath
  }

  package let kind: Kind
  /// What was expected, and what is there; one line.
  package let detail: String

  init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    // Paths of a bundle may hold anything; the line stays one line.
    self.detail = String(detail.map { $0.isNewline ? " " : $0 })
  }

  package var description: String {
    switch kind {
    case .notABundle: "is no rule bundle: \(detail)"
    case .otherFormat: "is a rule bundle of another format: \(detail)"
    case .truncated: "is cut short: \(detail)"
    case .trailingOctets: "is longer than it says: \(detail)"
    case .tooBig: "is too big: \(detail)"
    case .foreignKey: "is not signed by a trusted key: \(detail)"
    case .badSignature: "has been changed since it was signed: \(detail)"
    case .damaged: "is damaged: \(detail)"
    case .badPath: "holds a file that may not be in it: \(detail)"
    }
  }
}
