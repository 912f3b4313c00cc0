import Foundation
import TokenEstimation
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
    let octets = [UInt8](data)
    do {
      let root = try JSONNode(parsing: octets.octets)
      try readDocument(root)
    } catch {
      throw AgentError(error.line(path: path, in: octets.octets), status: .dataError)
    }
  }

  private mutating func readDocument(_ root: JSONNode) throws(TruthMistake) {
    var list = root
    if case .object = root.value {
      let page = try JSONNode.Members(root, "a page of a bill")
      list = try page.required("data")
      // OpenAI and Anthropic, of a page that others follow.
      goesOn = try page.bool("has_more", default: false)
    }
    for item in try list.list("data", most: JSONNode.maximumCount) { try readItem(item) }
  }

  private mutating func readItem(_ node: JSONNode) throws(TruthMistake) {
    let item = try JSONNode.Members(node, "an entry")
    if item.optional("start_time") != nil, item.optional("results") != nil {
      // OpenAI, organization/usage/completions: input counts what was cached.
      let start = try Self.time(item, "start_time")
      let end = try Self.time(item, "end_time")
      for result in try Self.results(item) {
        add(
          start, end, "openai", try Self.tokens(result, ["input_tokens"]),
          try Self.tokens(result, ["output_tokens"]))
      }
    } else if item.optional("starting_at") != nil {
      // Anthropic, usage_report/messages: input is told by how it was cached.
      let start = try Self.time(item, "starting_at")
      let end = try Self.time(item, "ending_at")
      for result in try Self.results(item) {
        var prompt = try Self.tokens(result, ["uncached_input_tokens", "cache_read_input_tokens"])
        if let created = result.optional("cache_creation") {
          prompt += try Self.tokens(
            try JSONNode.Members(created, "`cache_creation`"),
            ["ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens"])
        }
        add(start, end, "anthropic", prompt, try Self.tokens(result, ["output_tokens"]))
      }
    } else if item.optional("startTime") != nil {
      let start = try Self.time(item, "startTime")
      let end = item.optional("endTime") == nil ? start : try Self.time(item, "endTime")
      let provider = Self.provider(try item.optionalString("custom_llm_provider"))
      if let provider, let problem = CalibrateNames.problem(provider, "provider", in: providers) {
        let place = item.optional("custom_llm_provider")?.offset ?? item.offset
        throw TruthMistake(place, "`custom_llm_provider`: \(problem)")
      }
      add(
        start, end, provider, try Self.tokens(item, ["prompt_tokens"]),
        try Self.tokens(item, ["completion_tokens"]))
    } else {
      throw TruthMistake(
        item.offset,
        "expected `start_time` with `results` (OpenAI), `starting_at` (Anthropic) or `startTime` (LiteLLM)"
      )
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

  private static func results(
    _ item: JSONNode.Members
  ) throws(TruthMistake) -> [JSONNode.Members] {
    var results: [JSONNode.Members] = []
    for node in try item.list("results", most: JSONNode.maximumCount) {
      results.append(try JSONNode.Members(node, "a result"))
    }
    return results
  }

  private static func time(
    _ item: JSONNode.Members, _ key: String
  ) throws(TruthMistake) -> Timestamp {
    let node = try item.required(key)
    switch node.value {
    case .number(let seconds) where (0..<9e9).contains(seconds):
      return Timestamp(nanoseconds: Int64(seconds * 1e9))
    case .string(let text):
      if let time = CalibrateTable.time(text) { return time }
    default: break
    }
    throw TruthMistake(
      node.offset, "`\(key)`: expected \(CalibrateTable.timeForms), found \(node.summary)")
  }

  /// The sum of fields, of which those that are not there, or null, are nothing.
  private static func tokens(
    _ item: JSONNode.Members, _ keys: [String]
  ) throws(TruthMistake) -> Double {
    var sum = 0.0
    for key in keys {
      if let node = item.optional(key) { sum += try node.number(key, in: 0...mostTokens) }
    }
    return sum
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
