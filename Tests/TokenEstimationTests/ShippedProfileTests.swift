import Testing
import TokenEstimation

@Suite("rules/profiles")
struct ShippedProfileTests {
  @Test func compileAndEachHasACardWithATestedFigure() throws {
    let set = try Samples.shippedProfiles()
    #expect(
      set.profiles.map(\.id) == [
        "anthropic-messages", "anthropic-unary-json", "azure-chat-stream", "bedrock-event-stream",
        "chatgpt-web", "claude-web", "code-assistant", "cohere-chat-stream", "deepseek-chat-stream",
        "gemini-stream", "gemini-unary-json", "gemini-web", "global", "groq-chat-stream",
        "mistral-chat-stream", "openai-chat-stream", "openai-compatible-stream",
        "openai-responses-stream",
        "openai-unary-json", "openrouter-chat-stream", "unary-json",
      ])
    #expect(set.profiles.allSatisfy { $0.card.rows.contains { $0.testedTurns > 0 } })
    // Borrowed figures say so, and claim no bar.
    let borrowed = set.profiles.filter { $0.card.kind == .borrowed }
    #expect(borrowed.count == 7)
    #expect(borrowed.allSatisfy { $0.card.rows.allSatisfy { $0.bar == nil } && $0.parent != nil })
    #expect(set.cardsText.contains("openai-chat-stream@4\n  evidence  real ciphertext"))
  }
}
