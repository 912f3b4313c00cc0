/// What a provider says that an exchange cost, in one meaning for all providers.
package struct ProviderUsage: Equatable, Sendable {
  /// Every input token billed, those from a cache and those written to one included.
  package var promptTotal: Int
  /// The part of it that was read from a cache.
  package var promptCached: Int
  /// The part of it that tools of the provider's own added; it does not cross the wire.
  package var promptFromTools = 0
  /// Output tokens whose text or arguments cross the wire.
  package var completionVisible: Int
  /// Output tokens that do not.
  package var reasoning: Int

  package init(promptTotal: Int, promptCached: Int, completionVisible: Int, reasoning: Int) {
    self.promptTotal = promptTotal
    self.promptCached = promptCached
    self.completionVisible = completionVisible
    self.reasoning = reasoning
  }
}

/// Puts together what the events of one reply say of its cost: the last word on each figure counts.
struct UsageCollector {
  /// The figures that providers state.
  private enum Field: Int, CaseIterable {
    /// OpenAI chat, Mistral, Groq, DeepSeek, OpenRouter.
    case promptTokens, completionTokens, totalTokens, cachedTokens, cacheHitTokens
    case reasoningTokens
    /// OpenAI responses, Anthropic.
    case inputTokens, outputTokens, inputCached, outputReasoning, cacheCreation, cacheRead
    /// Gemini.
    case promptCount, candidatesCount, thoughtsCount, cachedCount, toolCount
    /// Cohere.
    case billedInput, billedOutput, countedInput, countedOutput
    /// Ollama.
    case evaluatedPrompt, evaluated
  }

  static let wanted: JSONWalk.Wanted = {
    var wanted = JSONWalk.Wanted()
    // Where each provider puts them: bodies, and events that wrap bodies.
    for place in ["usage", "response.usage", "message.usage", "x_groq.usage", "delta.usage"] {
      for (path, field) in [
        ("prompt_tokens", Field.promptTokens), ("completion_tokens", .completionTokens),
        ("total_tokens", .totalTokens), ("prompt_tokens_details.cached_tokens", .cachedTokens),
        ("prompt_cache_hit_tokens", .cacheHitTokens),
        ("completion_tokens_details.reasoning_tokens", .reasoningTokens),
        ("input_tokens", .inputTokens), ("output_tokens", .outputTokens),
        ("input_tokens_details.cached_tokens", .inputCached),
        ("output_tokens_details.reasoning_tokens", .outputReasoning),
        ("cache_creation_input_tokens", .cacheCreation),
        ("cache_read_input_tokens", .cacheRead),
        ("billed_units.input_tokens", .billedInput),
        ("billed_units.output_tokens", .billedOutput), ("tokens.input_tokens", .countedInput),
        ("tokens.output_tokens", .countedOutput),
      ] {
        wanted.add(place + "." + path, as: field.rawValue)
      }
    }
    for place in ["usageMetadata", "response.usageMetadata"] {
      for (path, field) in [
        ("promptTokenCount", Field.promptCount), ("candidatesTokenCount", .candidatesCount),
        ("thoughtsTokenCount", .thoughtsCount), ("cachedContentTokenCount", .cachedCount),
        ("toolUsePromptTokenCount", .toolCount),
      ] {
        wanted.add(place + "." + path, as: field.rawValue)
      }
    }
    for place in ["meta", "response.meta"] {
      for (path, field) in [
        ("billed_units.input_tokens", Field.billedInput),
        ("billed_units.output_tokens", .billedOutput), ("tokens.input_tokens", .countedInput),
        ("tokens.output_tokens", .countedOutput),
      ] {
        wanted.add(place + "." + path, as: field.rawValue)
      }
    }
    wanted.add("prompt_eval_count", as: Field.evaluatedPrompt.rawValue)
    wanted.add("eval_count", as: Field.evaluated.rawValue)
    return wanted
  }()

  private var values = [Int?](repeating: nil, count: Field.allCases.count)

  /// Takes a document of the reply.
  ///
  /// - Returns: false when it is no JSON.
  mutating func read(_ document: ArraySlice<UInt8>) -> Bool {
    var found = values
    let isDocument = JSONWalk.walk(document, for: Self.wanted) { item in
      guard case .value(let name, .number(let number)) = item, found.indices.contains(name),
        let count = Int(exactly: number.rounded()), (0...100_000_000).contains(count)
      else { return }
      found[name] = count
    }
    values = found
    return isDocument
  }

  private subscript(_ field: Field) -> Int? { values[field.rawValue] }

  /// What was stated; nil without both a prompt and a completion.
  var usage: ProviderUsage? {
    if let prompt = self[.promptTokens], let completion = self[.completionTokens] {
      let reasoning = self[.reasoningTokens] ?? 0
      // Most count reasoning into the completion; where the total says otherwise (xAI), they do not.
      let isApart = reasoning > 0 && self[.totalTokens] == prompt + completion + reasoning
      return ProviderUsage(
        promptTotal: prompt,
        promptCached: min(prompt, self[.cachedTokens] ?? self[.cacheHitTokens] ?? 0),
        completionVisible: isApart ? completion : max(0, completion - reasoning),
        reasoning: reasoning)
    }
    if let input = self[.inputTokens], let output = self[.outputTokens] {
      // Anthropic states cached input beside, OpenAI within; neither has the other's fields.
      let (written, read) = (self[.cacheCreation] ?? 0, self[.cacheRead] ?? 0)
      let reasoning = self[.outputReasoning] ?? 0
      return ProviderUsage(
        promptTotal: input + written + read,
        promptCached: min(input + written + read, self[.inputCached] ?? read),
        completionVisible: max(0, output - reasoning), reasoning: reasoning)
    }
    if let prompt = self[.promptCount] {
      var usage = ProviderUsage(
        promptTotal: prompt + (self[.toolCount] ?? 0),
        promptCached: min(prompt, self[.cachedCount] ?? 0),
        completionVisible: self[.candidatesCount] ?? 0, reasoning: self[.thoughtsCount] ?? 0)
      usage.promptFromTools = self[.toolCount] ?? 0
      return usage
    }
    for (input, output) in [
      (Field.countedInput, Field.countedOutput), (.billedInput, .billedOutput),
      (.evaluatedPrompt, .evaluated),
    ] {
      if let prompt = self[input], let completion = self[output] {
        return ProviderUsage(
          promptTotal: prompt, promptCached: 0, completionVisible: completion, reasoning: 0)
      }
    }
    return nil
  }
}
