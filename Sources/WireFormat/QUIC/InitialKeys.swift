/// What protects the Initial packets of one connection in one direction (RFC 9001, section 5.2).
///
/// They keep nothing secret: whoever sees the client's first packet can derive them, with
/// ``InitialOpener/keys(for:destinationConnectionID:sender:)``.
package struct InitialKeys: Sendable {
  /// Whose packets the keys open.
  package enum Sender: Sendable {
    case client, server
  }

  /// AES-128-GCM key.
  var key = InlineArray<16, UInt8>(repeating: 0)
  /// What the packet number is mixed with to make the nonce.
  var iv = InlineArray<12, UInt8>(repeating: 0)
  /// AES-128-ECB key of the header protection mask.
  var headerProtection = InlineArray<16, UInt8>(repeating: 0)

  init() {}
}
