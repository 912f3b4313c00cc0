/// The cases that the bar speaks of (docs/accuracy.md), in its order. A turn may belong to several.
package enum BarCase: String, Sendable, CaseIterable {
  case openAIText = "openai-stream-text"
  case openAITools = "openai-stream-tools"
  case anthropicText = "anthropic-stream-text"
  case geminiVisible = "gemini-stream-visible"
  case promptText = "prompt-api-text"
  case promptHidden = "prompt-barely-on-the-wire"
  case webChatPrompt = "web-chat-prompt"
  case webChatCompletion = "web-chat-completion"
  case reasoning = "reasoning"
  case images = "images"

  package var title: String {
    switch self {
    case .openAIText: "OpenAI-shaped stream, text, 50 tokens or more"
    case .openAITools: "the same with tools offered"
    case .anthropicText: "Anthropic stream, text"
    case .geminiVisible: "Gemini stream, visible text"
    case .promptText: "prompt, stateless API, text"
    case .promptHidden: "prompt that is barely on the wire"
    case .webChatPrompt: "web chat, prompt"
    case .webChatCompletion: "web chat, visible reply"
    case .reasoning: "reasoning models, visible reply"
    case .images: "images, prompt"
    }
  }

  package var figure: TokenFigure {
    switch self {
    case .promptText, .promptHidden, .webChatPrompt, .images: .prompt
    default: .completion
    }
  }

  /// The largest median and 90th percentile of the error per turn, and the largest error of totals; nil where an interval or
  /// an abstention that holds is asked for.
  package var limits: (median: Double, p90: Double, total: Double)? {
    switch self {
    case .openAIText: (0.01, 0.05, 0.01)
    case .openAITools: (0.08, 0.30, 0.05)
    case .anthropicText: (0.10, 0.25, 0.04)
    case .geminiVisible: (0.20, 0.50, 0.10)
    case .promptText: (0.08, 0.20, 0.05)
    case .promptHidden, .webChatPrompt, .webChatCompletion, .reasoning, .images: nil
    }
  }

  /// A prompt larger than its request's octets by this is not on the wire.
  static let leastBytesPerToken = 1.5
  static let leastTokens = 50

  /// - Parameter service: what the rules say of the turn's service.
  package func holds(_ turn: TrueTurn, _ service: ServiceFacts) -> Bool {
    let isText = !turn.hasImages && !service.isWebChat
    let isPlainStream = isText && turn.isStream && turn.usage.reasoning == 0
    let isLong = turn.usage.completionVisible.map { $0 >= Self.leastTokens } ?? false
    switch self {
    case .openAIText: return isPlainStream && !turn.offersTools && isLong && turn.isOpenAIShaped
    case .openAITools: return isPlainStream && turn.offersTools && isLong && turn.isOpenAIShaped
    case .anthropicText: return isPlainStream && !turn.offersTools && turn.hasPath("/messages")
    case .geminiVisible:
      return isText && turn.isStream && turn.path.contains("streamGenerateContent")
        && !turn.offersTools
    case .promptText: return isText && turn.promptIsOnTheWire == true
    case .promptHidden: return isText && turn.promptIsOnTheWire == false
    case .webChatPrompt, .webChatCompletion: return service.isWebChat
    case .reasoning: return turn.usage.reasoning > 0
    case .images: return turn.hasImages
    }
  }
}

/// What the rules say of a service, as far as an evaluation needs it.
package struct ServiceFacts: Sendable {
  /// The profile that it names, with its version; nil where there is none.
  package var profile: String?
  package var isWebChat: Bool
  /// The profile's figures are borrowed: no turn of the provider was in its calibration.
  package var isBorrowed = false
  /// The models of the profile's calibration; empty where they are not known.
  package var models: Set<String> = []
  /// The provider keeps the history, so that no prompt is estimated.
  package var keepsHistory: Bool

  package init(profile: String?, isWebChat: Bool = false, keepsHistory: Bool = false) {
    self.profile = profile
    self.isWebChat = isWebChat
    self.keepsHistory = keepsHistory
  }
}

extension TrueTurn {
  /// Chat completions and responses, by whomever they are served.
  fileprivate var isOpenAIShaped: Bool {
    hasPath("/chat/completions") || hasPath("/responses")
  }

  /// Whether the path without its query ends so.
  fileprivate func hasPath(_ end: String) -> Bool {
    path.prefix { $0 != "?" }.hasSuffix(end)
  }

  /// Nil where it is not known.
  fileprivate var promptIsOnTheWire: Bool? {
    guard let tokens = usage.promptTotal, let octets = requestBodyBytes else { return nil }
    return Double(tokens) <= Double(octets) / BarCase.leastBytesPerToken
  }
}
