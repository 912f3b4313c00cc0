internal import ProviderRules
internal import RecordStore

/// How to read the report, and by what it was made.
enum ReadingSection {
  static func html(_ report: Report) -> HTML {
    """
    <section class="reading">
    <h2>How to read this</h2>
    <dl>
    <dt>Use</dt><dd>A host exchanged traffic with a name or address that a rule says is the service in use. Visits to \
    a website, CDN, login or telemetry are listed apart and never counted.</dd>
    <dt>\(Badge.knowledge(.seen))</dt><dd>The name was read off the flow itself: the server name of a TLS or QUIC \
    handshake, or the host of a clear HTTP request.</dd>
    <dt>\(Badge.knowledge(.inferred))</dt><dd>The client named no server; the name was concluded from an earlier \
    DNS answer, from the server's certificate or from the provider's published addresses. Weaker: addresses and \
    certificates are shared, and answers are cached.</dd>
    <dt>Verdict</dt><dd>What the site's policy says about this host group and service: \
    \(Verdict.byUrgency.html(separator: ", ") { "\(Badge.verdict($0)) \($0.meaning)" }).</dd>
    <dt>Turn</dt><dd>One request burst upstream and its response burst downstream.</dd>
    <dt>Tokens</dt><dd>Estimated from sizes of encrypted records, never from content; a figure marked \
    exact was stated by the service in the clear. The interval holds the truth in \
    90 % of cases for the kind of traffic that a profile was calibrated on. Sums have an interval of their own, \
    which is not the sum of the ends.</dd>
    <dt>Cost</dt><dd>Token figures at list prices: \(ReportWords.costAssumptions). Discounts and flat-rate plans are left out \
    too, and the ends of its interval are added up, so it is wide.</dd>
    <dt>Who</dt><dd>A row is a device's address, not a person. A verdict on a row is a reason to ask, not a proof of \
    wrongdoing.</dd>
    </dl>
    <h2>Made by</h2>
    <dl>
    \(versions("Rules", report.ruleVersions))
    \(versions("Policy", report.policyVersions))
    \(versions("Profiles", report.profiles))
    \(versions("Sensor", report.sensors))
    \(versions("Prices of", Set(report.records.compactMap { $0.cost?.priceDate }).sorted()))
    </dl>
    </section>
    """
  }

  private static func versions(_ name: String, _ values: [String]) -> HTML {
    guard !values.isEmpty else { return .nothing }
    return "<dt>\(name)</dt><dd class=\"mono\">\(values.joined(separator: ", "))</dd>"
  }
}
