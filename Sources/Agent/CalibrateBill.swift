import Foundation
import WireFormat

/// What a provider or a gateway has billed: usage exports of OpenAI and Anthropic, spend logs of LiteLLM, or a table.
struct CalibrateBill {
  /// Tokens of some stretch of time.
  struct Entry: Equatable {
    var start: Timestamp
    var end: Timestamp
    /// A provider's id of the rules; nil where the file does not say.
    var provider: String?
    var prompt: Double
    var completion: Double
  }

  private(set) var entries: [Entry] = []
  /// The export says that it goes on on another page: the bill is not whole.
  private(set) var goesOn = false
  private let path: String
  private let providers: [String]

  private static let maximumByteCount = 256 << 20
  private static let columns = ["start", "end", "provider", "model", "prompt", "completion"]
  private static let mostTokens = 1e15

  /// - Parameter providers: the ids that the rules know.
  /// - Throws: ``AgentError`` naming the file and the place of the mistake, also of a provider that is none of these.
  init(path: String, providers: [String]) throws(AgentError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
    guard data.count <= Self.maximumByteCount else {
      throw AgentError("\(path): more than 256 MiB", status: .dataError)
    }
    try self.init(parsing: data, path: path, providers: providers)
  }

  init(parsing data: Data, path: String, providers: [String]) throws(AgentError) {
    self.path = path
    self.providers = providers
    let first = data.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      try readTable(String(decoding: data, as: UTF8.self))
      return
    }
    let document: Any
    do { document = try JSONSerialization.jsonObject(with: data) } catch {
      let detail = (error as NSError).userInfo["NSDebugDescription"] as? String
      throw AgentError("\(path): \(detail ?? "is no JSON")", status: .dataError)
    }
    let list = (document as? [String: Any])?["data"] ?? document
    // OpenAI and Anthropic, of a page that others follow.
    goesOn = (document as? [String: Any])?["has_more"] as? Bool ?? false
    guard let list = list as? [Any] else { throw mistake("", "a list, or an object with `data`") }
    for (index, item) in list.enumerated() {
      guard let item = item as? [String: Any] else {
        throw mistake("[\(index)]", "an object")
      }
      try readItem(item, "[\(index)]")
    }
  }

  private mutating func readItem(_ item: [String: Any], _ place: String) throws(AgentError) {
    if item["start_time"] != nil, item["results"] != nil {
      // OpenAI, organization/usage/completions: input counts what was cached.
      let start = try time(item, "start_time", place)
      let end = try time(item, "end_time", place)
      for (number, result) in try results(item, place).enumerated() {
        let place = "\(place).results[\(number)]"
        add(
          start, end, "openai", try tokens(result, ["input_tokens"], place),
          try tokens(result, ["output_tokens"], place))
      }
    } else if item["starting_at"] != nil {
      // Anthropic, usage_report/messages: input is told by how it was cached.
      let start = try time(item, "starting_at", place)
      let end = try time(item, "ending_at", place)
      for (number, result) in try results(item, place).enumerated() {
        let place = "\(place).results[\(number)]"
        var prompt = try tokens(
          result, ["uncached_input_tokens", "cache_read_input_tokens"], place)
        if let created = result["cache_creation"] as? [String: Any] {
          prompt += try tokens(
            created, ["ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens"],
            place + ".cache_creation")
        }
        add(start, end, "anthropic", prompt, try tokens(result, ["output_tokens"], place))
      }
    } else if item["startTime"] != nil {
      let start = try time(item, "startTime", place)
      let end = item["endTime"] == nil ? start : try time(item, "endTime", place)
      let provider = Self.provider(item["custom_llm_provider"] as? String)
      if let provider, let problem = CalibrateNames.problem(provider, "provider", in: providers) {
        throw AgentError(
          "\(path): data\(place).custom_llm_provider: \(problem)", status: .dataError)
      }
      add(
        start, end, provider,
        try tokens(item, ["prompt_tokens"], place), try tokens(item, ["completion_tokens"], place))
    } else {
      throw mistake(
        place,
        "`start_time` with `results` (OpenAI), `starting_at` (Anthropic) or `startTime` (LiteLLM)")
    }
  }

  /// LiteLLM's names, where they are not the rules'.
  private static func provider(_ name: String?) -> String? {
    switch name {
    case nil, "": nil
    case "gemini", "vertex_ai", "vertex_ai_beta": "google-gemini"
    case "azure": "azure-openai"
    case "bedrock", "bedrock_converse": "aws-bedrock"
    case "cohere_chat": "cohere"
    case "together_ai": "together"
    case "fireworks_ai": "fireworks"
    default: name
    }
  }

  private mutating func add(
    _ start: Timestamp, _ end: Timestamp, _ provider: String?, _ prompt: Double,
    _ completion: Double
  ) {
    guard prompt > 0 || completion > 0 else { return }
    entries.append(
      Entry(
        start: start, end: max(start, end), provider: provider, prompt: prompt,
        completion: completion))
  }

  private func results(
    _ item: [String: Any], _ place: String
  ) throws(AgentError) -> [[String: Any]] {
    guard let results = item["results"] as? [[String: Any]] else {
      throw mistake(place + ".results", "a list of objects")
    }
    return results
  }

  private func time(
    _ item: [String: Any], _ key: String, _ place: String
  ) throws(AgentError) -> Timestamp {
    if let number = item[key] as? Double, (0..<9e9).contains(number) {
      return Timestamp(nanoseconds: Int64(number * 1e9))
    }
    guard let text = item[key] as? String, let time = CalibrateTable.time(text) else {
      throw mistake(place + "." + key, "a time")
    }
    return time
  }

  /// The sum of fields, of which those that are not there, or null, are nothing.
  private func tokens(
    _ item: [String: Any], _ keys: [String], _ place: String
  ) throws(AgentError) -> Double {
    var sum = 0.0
    for key in keys {
      guard let value = item[key], !(value is NSNull) else { continue }
      guard let count = value as? Double, (0...Self.mostTokens).contains(count) else {
        throw mistake(place + "." + key, "a number of tokens")
      }
      sum += count
    }
    return sum
  }

  private func mistake(_ place: String, _ expected: String) -> AgentError {
    AgentError("\(path): data\(place): expected \(expected)", status: .dataError)
  }

  private mutating func readTable(_ text: String) throws(AgentError) {
    var found: [Entry] = []
    let providers = providers
    try CalibrateCSV.read(
      text, path: path, columns: Self.columns, needed: [["start"], ["prompt", "completion"]],
      example: "start,end,provider,prompt,completion"
    ) { names, fields, report in
      var entry = Entry(
        start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 0), prompt: 0, completion: 0)
      var hasStart = false
      var isGood = true
      for (name, field) in zip(names, fields) where !field.text.isEmpty {
        switch name {
        case "start", "end":
          guard let time = CalibrateTable.time(field.text) else {
            report(field.column, "expected \(CalibrateTable.timeForms), found \(field.text)")
            isGood = false
            continue
          }
          if name == "start" { (entry.start, hasStart) = (time, true) } else { entry.end = time }
        case "provider":
          entry.provider = field.text
          if let problem = CalibrateNames.problem(field.text, "provider", in: providers) {
            report(field.column, problem)
            isGood = false
          }
        case "prompt", "completion":
          guard let count = Double(field.text), (0...Self.mostTokens).contains(count) else {
            report(field.column, "expected a number of tokens, found \(field.text)")
            isGood = false
            continue
          }
          if name == "prompt" { entry.prompt = count } else { entry.completion = count }
        default: break
        }
      }
      if isGood, !hasStart { report(1, "expected a time in `start`") }
      entry.end = max(entry.end, entry.start)
      if isGood, hasStart { found.append(entry) }
    }
    entries = found
  }
}
