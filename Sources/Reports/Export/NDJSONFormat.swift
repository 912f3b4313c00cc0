package import RecordStore

/// Newline-delimited JSON: the record's own form, one object a line (``RecordFields``).
package struct NDJSONFormat: RecordFormat {
  package init() {}

  package func line(for record: UsageRecord) -> String {
    guard case .object(let members) = RecordFields.json(record) else { return "" }
    let schema: [(String, JSONValue)] = [
      ("schema", .string("gnomon-record")),
      ("schema_version", .integer(RecordFields.schemaVersion)),
    ]
    return JSONValue.object(schema + members).text()
  }
}
