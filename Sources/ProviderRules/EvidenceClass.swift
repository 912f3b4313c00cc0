/// What traffic to a name says about its user. Only ``usage`` counts as use; the rest never accuse anyone alone.
package enum EvidenceClass: String, Sendable, CaseIterable {
  case usage, content, auth, cdn, telemetry, website
  case modelDownload = "model-download"
  case mcp
}
