package import ProviderRules
package import TokenEstimation
package import WireFormat

/// What one host did with one service in one window of time: what the store keeps, reports are made of and exports map.
package struct UsageRecord: Sendable, Equatable {
  /// UTC, a multiple of the window's length.
  package var windowStart: Timestamp
  package var windowEnd: Timestamp
  /// Which box saw it.
  package var sensor: String

  package var host: Host
  package var provider: String
  package var providerName: String
  package var service: String
  package var serviceName: String
  /// Whose account at the service a name told: `contoso`, or ``TenantLabel/other`` beyond those that are told apart; nil
  /// where no name told any.
  package var tenant: String?
  package var category: String
  /// What leaves: prompt, prompt+files, code, audio, none.
  package var dataEgress: String

  package var verdict: Verdict
  /// Versions of the rule set and policy that said so: `rules 3f2a…, policy 91bc…`.
  package var ruleVersion: String
  package var policyVersion: String
  /// Each name and how it was known.
  package var evidence: [Evidence]
  /// Entries left out of ``evidence`` because it was full; a name left out twice counts twice.
  package var unlistedEvidenceCount = 0

  package var flowCount = 0
  package var turnCount = 0
  /// Octets on the wire (IP total length) and net application octets, both directions.
  package var wireBytesUp = 0
  package var wireBytesDown = 0
  package var applicationBytesUp = 0
  package var applicationBytesDown = 0
  package var firstSeen: Timestamp
  package var lastSeen: Timestamp
  /// Time in which a turn was open, in seconds.
  package var activeSeconds = 0.0

  package var promptTokens = TokenSum()
  package var completionTokens = TokenSum()
  /// Profiles that made the figures, `id@version`.
  package var profiles: [String] = []
  /// Abstention reasons with how many turns each.
  package var abstentions: [String: Int] = [:]
  /// Turns whose events are of another size than their profile knows, so that their intervals were widened.
  package var driftedTurnCount = 0
  /// What was not visible: reasoning, server-side history.
  package var hidden: [String] = []
  package var cost: Cost?
  package var captureLoss = CaptureLoss()
  /// How sure we are that this host used this service, 0…1.
  package var confidence: Double

  /// The host as it was known when the window closed.
  package struct Host: Sendable, Equatable {
    package var address: IPAddress
    package var mac: MACAddress?
    /// The name that the host gave of itself.
    package var name: String?
    /// How the name is known: `dhcp`, `dhcpv6`, `mdns`, `netbios`, `llmnr`.
    package var nameSource: String?
    /// Policy host group.
    package var group: String?

    package init(
      address: IPAddress, mac: MACAddress? = nil, name: String? = nil, nameSource: String? = nil,
      group: String? = nil
    ) {
      self.address = address
      self.mac = mac
      self.name = name
      self.nameSource = nameSource
      self.group = group
    }
  }

  /// One name or address seen, and how.
  package struct Evidence: Sendable, Hashable {
    package enum Source: String, Sendable, CaseIterable {
      case sni, quic, certificate, dns, address, http

      /// A name read off the flow itself is seen; one concluded from something beside the flow is inferred.
      package var isInferred: Bool {
        switch self {
        case .sni, .quic, .http: false
        case .certificate, .dns, .address: true
        }
      }
    }
    package var source: Source
    package var name: String
    /// What the rule says traffic to this name means.
    package var evidenceClass: EvidenceClass
    /// `providers/openai.yaml:14`.
    package var rule: String

    package init(source: Source, name: String, evidenceClass: EvidenceClass, rule: String) {
      self.source = source
      self.name = name
      self.evidenceClass = evidenceClass
      self.rule = rule
    }
  }

  /// Prices applied to the token figures, in units of the currency.
  package struct Cost: Sendable, Equatable {
    package var low: Double
    package var likely: Double
    package var high: Double
    package var currency: String
    /// Valid-from date of the price used, `2026-11-01`.
    package var priceDate: String

    package init(low: Double, likely: Double, high: Double, currency: String, priceDate: String) {
      self.low = low
      self.likely = likely
      self.high = high
      self.currency = currency
      self.priceDate = priceDate
    }
  }

  /// What the window's capture is known to have missed.
  package struct CaptureLoss: Sendable, Equatable {
    /// Packets that the kernel or interface dropped in the window, all hosts together.
    package var droppedPackets = 0
    /// TCP octets of this record's flows that were acknowledged but never captured.
    package var missedBytes = 0
    /// Packets of this record's flows whose tail the snaplen cut.
    package var truncatedPackets = 0

    package init(droppedPackets: Int = 0, missedBytes: Int = 0, truncatedPackets: Int = 0) {
      self.droppedPackets = droppedPackets
      self.missedBytes = missedBytes
      self.truncatedPackets = truncatedPackets
    }
  }

  package init(
    windowStart: Timestamp, windowEnd: Timestamp, sensor: String, host: Host, provider: String,
    providerName: String, service: String, serviceName: String, category: String,
    dataEgress: String, verdict: Verdict, ruleVersion: String, policyVersion: String,
    evidence: [Evidence], firstSeen: Timestamp, lastSeen: Timestamp, confidence: Double
  ) {
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.sensor = sensor
    self.host = host
    self.provider = provider
    self.providerName = providerName
    self.service = service
    self.serviceName = serviceName
    self.category = category
    self.dataEgress = dataEgress
    self.verdict = verdict
    self.ruleVersion = ruleVersion
    self.policyVersion = policyVersion
    self.evidence = evidence
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.confidence = confidence
  }
}
