import Testing
import TokenEstimation

@Suite("rules/profiles")
struct ShippedProfileTests {
  @Test func compileAndEachHasACardWithATestedFigure() throws {
    let set = try Samples.shippedProfiles()
    #expect(
      set.profiles.map(\.id) == [
        "anthropic-messages", "anthropic-unary-json", "deepseek-chat-stream", "gemini-stream",
        "global",
        "groq-chat-stream", "mistral-chat-stream", "openai-chat-stream",
        "openai-responses-stream", "openai-unary-json", "unary-json",
      ])
    #expect(set.profiles.allSatisfy { $0.card.rows.contains { $0.testedTurns > 0 } })
    #expect(set.cardsText.contains("openai-chat-stream@2\n  evidence  real ciphertext"))
  }
}
