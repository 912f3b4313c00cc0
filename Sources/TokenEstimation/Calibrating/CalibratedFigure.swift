/// One of a profile's lines: which statistic of a turn it turns into tokens.
package enum CalibratedFigure: String, Sendable, CaseIterable {
  case byReply, byReasoning, byEvents, byText, byCompressedOctets, byOctets, byBody, byBurst

  /// As rows of the calibration card call it.
  package var title: String {
    switch self {
    case .byReply: "completion, reply"
    case .byReasoning: "completion, beside reasoning"
    case .byEvents: "completion, events"
    case .byText: "completion, text octets"
    case .byCompressedOctets: "completion, compressed"
    case .byOctets: "completion, octets"
    case .byBody: "prompt, head known"
    case .byBurst: "prompt, head allowed for"
    }
  }

  /// The tokens of a request, not of a reply.
  package var isPrompt: Bool { self == .byBody || self == .byBurst }
}

extension Profile {
  /// The line of a figure; nil where the profile does not have it. Setting one that it does not have adds it, but for
  /// requests where the profile says nothing of them.
  package subscript(figure: CalibratedFigure) -> Calibration? {
    get {
      switch figure {
      case .byReply: completion.byReply
      case .byReasoning: completion.byReasoning
      case .byEvents: completion.byEvents
      case .byText: completion.byText
      case .byCompressedOctets: completion.byCompressedOctets
      case .byOctets: completion.byOctets
      case .byBody: prompt?.byBody
      case .byBurst: prompt?.byBurst
      }
    }
    set {
      guard let newValue else { return }
      switch figure {
      case .byReply: completion.byReply = newValue
      case .byReasoning: completion.byReasoning = newValue
      case .byEvents: completion.byEvents = newValue
      case .byText: completion.byText = newValue
      case .byCompressedOctets: completion.byCompressedOctets = newValue
      case .byOctets: completion.byOctets = newValue
      case .byBody: prompt?.byBody = newValue
      case .byBurst: prompt?.byBurst = newValue
      }
    }
  }
}
