internal import RecordStore
internal import WireFormat

/// Names that look like AI and that no rule knows.
enum UnknownNameTable {
  static func section(_ report: Report) -> HTML {
    guard !report.unknownNames.isEmpty else { return .nothing }
    let shown = Array(report.unknownNames.prefix(UnknownNameWords.maximumShown))
    let rows = shown.html { name in
      """
      <tr><td data-label="Name">\(name.name)<br><span class="muted">\(name.sign)</span></td>\
      <td data-label="Listed for">\(UnknownNameWords.basis(name))</td>\
      <td data-label="Extent">\(UnknownNameWords.extent(name))</td>\
      <td data-label="Traffic">\(UnknownNameWords.traffic(name))</td>\
      <td data-label="Seen">\(UTCText(name.firstSeen).dateAndMinute)<br>\
      <span class="muted">to \(UTCText(name.lastSeen).dateAndMinute), by the hour</span></td></tr>
      """
    }
    let rest = UnknownNameWords.rest(report) ?? ""
    return """
      <section>
      <h2>\(UnknownNameWords.heading)</h2>
      <p class="caption">\(UnknownNameWords.caption) \(UnknownNameWords.advice)</p>
      <table class="cards"><thead><tr><th>Name</th><th>Listed for</th><th>Extent</th><th>Traffic</th>\
      <th>Seen</th></tr></thead>
      <tbody>\(rows)</tbody></table>
      <p class="muted">\(rest)</p>
      </section>
      """
  }
}
