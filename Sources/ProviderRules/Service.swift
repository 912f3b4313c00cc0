package import StrictYAML

/// One service of a provider: what records, verdicts and prices are about.
package struct Service: Sendable {
  /// Stable, `[a-z0-9-]`, unique over all providers.
  package let id: String
  package let name: String
  package let providerID: String
  package internal(set) var providerName: String
  package let category: Category
  package let dataEgress: DataEgress
  /// Which estimation profile turns its bytes into tokens; nil: none is known, abstain.
  package let profile: String?
  package let tier: Tier
  package let isRetired: Bool
  /// When and how somebody last checked the rules.
  package internal(set) var verified: Verification
  /// Lists and documents that name the service's hosts.
  package internal(set) var sources: [String]
  package let tags: [String]

  /// What kind of service it is; a closed list.
  package enum Category: String, Sendable, CaseIterable {
    case api
    case chatWeb = "chat-web"
    case codingAssistant = "coding-assistant"
    case aiApp = "ai-app"
    case agent
    case image
    case video
    case audio
    case writing
    case search
    case meeting
    case translation
    case embedding
    case gateway
    case modelHub = "model-hub"
    case selfHosted = "self-hosted"
    case embeddedAI = "saas-embedded-ai"
  }

  /// What leaves the site when somebody uses it.
  package enum DataEgress: String, Sendable, CaseIterable {
    case prompt
    case promptAndFiles = "prompt+files"
    case code
    case audio
    case none
  }

  /// How sure its rules are; the raw value is what rule files say.
  package enum Tier: String, Sendable, CaseIterable, Comparable {
    case core = "high"
    case extended = "medium"
    case full = "low"

    /// From the most to the least sure.
    package static func < (a: Tier, b: Tier) -> Bool { a.rank < b.rank }

    private var rank: Int {
      switch self {
      case .core: 0
      case .extended: 1
      case .full: 2
      }
    }
  }

  package struct Verification: Sendable {
    package let date: CalendarDate
    package let method: Method
    package let reference: String?

    package enum Method: String, Sendable, CaseIterable {
      /// The vendor's documents name the hosts.
      case docs
      /// Public lists name them; nobody looked.
      case lists
      /// One of us knows it from memory; nobody looked.
      case maintainer
      /// Somebody saw the traffic.
      case traffic
    }
  }
}
