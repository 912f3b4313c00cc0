import WireFormat

/// Where names go that a gateway cannot see.
package enum HiddenNames: String, Sendable, CaseIterable {
  /// DNS over TLS (RFC 7858), or over DTLS (RFC 8094): port 853 or ALPN `dot`.
  case dot
  /// DNS over QUIC (RFC 9250): port 853 or ALPN `doq`.
  case doq
  /// DNS over HTTPS (RFC 8484), by the name of a public resolver.
  case doh
  /// Oblivious DNS over HTTPS (RFC 9230), by the name of a public one.
  case odoh
  /// Apple's Private Relay: neither names nor servers are on the wire.
  case privateRelay
}

/// Host names that mean something to the traffic model itself, by hash; looked up once a flow.
///
/// Public resolvers are those that browsers and systems offer, and every host whose first label is `doh`. A
/// resolver of another name looks like any web server.
struct KnownHosts {
  private enum Meaning {
    case hides(HiddenNames)
    case publicName
  }

  private let meanings: [UInt64: Meaning]
  /// A bit for the upper octet and a half of each hash, so that most labels need no look-up.
  private let filter: [UInt64]

  static let shared = KnownHosts()

  private init() {
    var meanings: [UInt64: Meaning] = [:]
    for name in Self.resolvers { meanings[Self.hash(name)] = .hides(.doh) }
    for name in Self.obliviousResolvers { meanings[Self.hash(name)] = .hides(.odoh) }
    for name in Self.relays { meanings[Self.hash(name)] = .hides(.privateRelay) }
    for name in Self.publicNames { meanings[Self.hash(name)] = .publicName }
    self.meanings = meanings
    var filter = [UInt64](repeating: 0, count: 64)
    for hash in meanings.keys { filter[Int(hash >> 58)] |= 1 << (hash >> 52 & 63) }
    self.filter = filter
  }

  private func meaning(ofHash hash: UInt64) -> Meaning? {
    filter[Int(hash >> 58)] & 1 << (hash >> 52 & 63) == 0 ? nil : meanings[hash]
  }

  /// What a flow to `name`, or to a name below one that is listed, hides.
  func hiddenNames(at name: RawSpan) -> HiddenNames? {
    if case .hides(let how)? = meaning(of: name) { return how }
    return Self.isNamedForIt(name) ? .doh : nil
  }

  private static func isNamedForIt(_ name: RawSpan) -> Bool {
    guard name.byteCount > 4, name.octet(at: 3) == UInt8(ascii: ".") else { return false }
    return hash(of: name, prefix: 3) == hash("doh")
  }

  /// Whether `name` is one under which a provider takes encrypted hellos for all its customers.
  func isPublicName(_ name: RawSpan) -> Bool {
    if case .publicName? = meaning(of: name) { true } else { false }
  }

  /// The meaning of the longest listed name that `name` is or lies below: one walk from its end, a look-up
  /// a label, at most eight labels.
  private func meaning(of name: RawSpan) -> Meaning? {
    var end = name.byteCount
    if name.octet(at: end - 1) == UInt8(ascii: ".") { end -= 1 }
    var found: Meaning?
    var state = Self.seed
    var labels = 0
    var offset = end
    while offset > 0, labels < 8 {
      offset -= 1
      guard let octet = name.octet(at: offset) else { break }
      if octet == UInt8(ascii: ".") {
        labels += 1
        found = meaning(ofHash: state) ?? found
      }
      state = Self.mix(state, octet)
    }
    return offset == 0 ? meaning(ofHash: state) ?? found : found
  }

  private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  /// One step of FNV-1a over lowered letters.
  private static func mix(_ state: UInt64, _ octet: UInt8) -> UInt64 {
    let lowered = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet
    return (state ^ UInt64(lowered)) &* 0x100_0000_01b3
  }

  private static func hash(of name: RawSpan, prefix count: Int) -> UInt64 {
    var state = seed
    for offset in (0..<count).reversed() { state = mix(state, name.octet(at: offset) ?? 0) }
    return state
  }

  private static func hash(_ name: String) -> UInt64 {
    name.utf8.reversed().reduce(seed, mix)
  }

  private static let resolvers = [
    "dns.google", "dns.google.com", "dns64.dns.google", "cloudflare-dns.com", "one.one.one.one",
    "dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net", "dns12.quad9.net",
    "doh.opendns.com", "doh.familyshield.opendns.com", "doh.sandbox.opendns.com",
    "doh.umbrella.com", "dns.umbrella.com", "dns.nextdns.io", "anycast.dns.nextdns.io",
    "doh.nextdns.io", "dns.adguard.com", "dns-family.adguard.com", "dns-unfiltered.adguard.com",
    "dns.adguard-dns.com", "family.adguard-dns.com", "unfiltered.adguard-dns.com",
    "d.adguard-dns.com", "doh.cleanbrowsing.org", "dns.controld.com", "freedns.controld.com",
    "dns.mullvad.net", "doh.mullvad.net", "adblock.dns.mullvad.net", "base.dns.mullvad.net",
    "doh.dns.sb", "doh.xfinity.com", "doh.cox.net", "doh.quickline.ch", "dns.alidns.com",
    "doh.pub", "dns.pub", "doh.360.cn", "dns.switch.ch", "odvr.nic.cz", "dns0.eu",
    "zero.dns0.eu", "kids.dns0.eu", "open.dns0.eu", "private.canadianshield.cira.ca",
    "protected.canadianshield.cira.ca", "family.canadianshield.cira.ca", "doh.libredns.gr",
    "doh.applied-privacy.net", "dns.digitale-gesellschaft.ch", "doh.ffmuc.net", "ordns.he.net",
    "wikimedia-dns.org", "dns.twnic.tw", "public.dns.iij.jp", "dns.njal.la",
    "anycast.uncensoreddns.org", "unicast.uncensoreddns.org", "basic.rethinkdns.com",
    "max.rethinkdns.com", "sky.rethinkdns.com", "doh.dnslify.com", "dns.decloudus.com",
    "doh.powerdns.org", "dns.aa.net.uk", "dns.bebasid.com", "dns.joindns4.eu",
    "protective.joindns4.eu", "unfiltered.joindns4.eu", "common.dot.dns.yandex.net",
  ]
  private static let obliviousResolvers = ["odoh.cloudflare-dns.com"]
  private static let relays = [
    "mask.icloud.com", "mask-h2.icloud.com", "mask-api.icloud.com", "mask.apple-dns.net",
    "mask-h2.apple-dns.net", "apple-relay.cloudflare.com", "apple-relay.fastly-edge.com",
    "apple-relay.akamaized.net",
  ]
  private static let publicNames = ["cloudflare-ech.com"]
}
