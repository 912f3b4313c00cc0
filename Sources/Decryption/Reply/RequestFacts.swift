/// What of a request decides how its tokens are counted; nothing of what it says.
package struct RequestFacts: Equatable, Sendable {
  /// It offers tools.
  package var hasTools = false
  /// It holds or names images, sound or files.
  package var hasAttachments = false
  /// It goes on with a conversation that the provider keeps.
  package var hasServerHistory = false

  package init() {}

  private static let wanted: JSONWalk.Wanted = {
    var wanted = JSONWalk.Wanted()
    wanted.add("tools", as: 0)
    wanted.add("previous_response_id", as: 1)
    wanted.add("conversation", as: 1)
    wanted.add("cachedContent", as: 1)
    wanted.anywhere = [
      "image_url", "inlineData", "inline_data", "fileData", "input_audio", "media_type",
    ]
    .map { Array($0.utf8) }
    return wanted
  }()

  /// Reads a request's JSON body; one that is none has no facts.
  init(reading body: ArraySlice<UInt8>) {
    var facts = RequestFacts()
    _ = JSONWalk.walk(body, for: Self.wanted) { item in
      switch item {
      case .value(0, .array(let count)): facts.hasTools = count > 0
      case .value(1, .text), .value(1, .object): facts.hasServerHistory = true
      case .key: facts.hasAttachments = true
      default: break
      }
    }
    self = facts
  }
}
