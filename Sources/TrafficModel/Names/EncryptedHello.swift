/// Whether a hello's server name is the one its client goes to.
///
/// docs/decisions/real-or-grease.md gives the rule.
package enum EncryptedHello: String, Sendable {
  /// No encrypted_client_hello, or the inner hello itself: the name is the real one.
  case none
  /// The extension is made up to look alike (RFC 9849, section 6.2): the name is the real one.
  case grease
  /// The name is the public one of who serves many; the real one is not on the wire.
  case real
  /// Nothing tells; as browsers send GREASE wherever they know no configuration, the name is most likely
  /// the real one.
  case unknown
}
