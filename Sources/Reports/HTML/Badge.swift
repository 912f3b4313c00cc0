internal import ProviderRules
internal import RecordStore

/// The small words of the page: verdicts and how things are known. Each has a shape and a word beside its colour.
enum Badge {
  static func verdict(_ verdict: Verdict) -> HTML {
    """
    <span class="badge \(verdict.rawValue)"><span aria-hidden="true">\(verdict.symbol)</span> \
    \(verdict.rawValue)</span>
    """
  }

  static func knowledge(_ knowledge: Knowledge) -> HTML {
    let symbol =
      switch knowledge {
      case .seen: "●"
      case .inferred: "◌"
      case .unknown: "?"
      }
    return """
      <span class="known \(knowledge.rawValue)"><span aria-hidden="true">\(symbol)</span> \
      \(knowledge.rawValue)</span>
      """
  }

  static func egress(_ egress: String) -> String {
    switch egress {
    case "none": "nothing leaves"
    case "prompt": "prompts leave"
    case "prompt+files": "prompts and files leave"
    case "code": "code leaves"
    case "audio": "audio leaves"
    default: egress
    }
  }
}
