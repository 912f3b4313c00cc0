import StrictYAML

/// How one dialect of one family of services turns octets into tokens: data, read from `rules/profiles/*.yaml`.
package struct Profile: Sendable, Equatable {
  /// How the tokens of a reply are counted.
  package enum Method: String, Sendable, CaseIterable {
    /// Events of nearly one size, a fixed number of tokens each.
    case events
    /// Octets of text in events of known overhead.
    case text
    /// Octets of the body.
    case octets
  }

  /// Streams whose every event is of a known form.
  package enum ReplyForm: String, Sendable, CaseIterable {
    /// Chat completions with padded events.
    case chat
    /// The Responses API.
    case responses
  }

  /// Octets of headers, where they cannot be told from the body.
  package struct HeadAllowance: Sendable, Equatable {
    package var http11: Double
    package var http2: Double
  }

  /// How replies are counted.
  package struct Completion: Sendable, Equatable {
    package var method: Method
    package var head: HeadAllowance
    /// Nothing is known of this service's replies: abstain.
    package var isUnknown = false
    /// Fewest records that bear body octets in a stream; fewer is read as a unary reply.
    package var leastRecords: Int
    /// Most of them in a unary reply that is not one body cut to size; more is another dialect. Nil for no limit.
    package var mostRecords: Int?
    /// The form of the streams, where it is known to the event.
    package var reply: ReplyForm?
    /// Events of so many octets and more are a model's that shows its reasoning: how many of them are the reply cannot be seen.
    package var reasoningFrom: Double?
    /// For ``Method/events``.
    package var lattice: LatticeShape?
    /// For ``Method/text``.
    package var text: TextShape?
    /// For ``Method/text``: the stream consists of content blocks whose opening and closing events are of known sizes.
    package var blocks: BlockShape?
    /// The same stream compressed with a flush for each event.
    package var compressed: CompressedShape?
    /// Tokens that the form of the reply told, to tokens; with ``reply``.
    package var byReply: Calibration?
    /// Counted events to tokens of the reply, where the reasoning is among the events; with ``reasoningFrom``.
    package var byReasoning: Calibration?
    /// Counted events to tokens.
    package var byEvents: Calibration?
    /// Octets of text to tokens.
    package var byText: Calibration?
    /// Octets of a compressed stream to tokens.
    package var byCompressedOctets: Calibration?
    /// Octets of the body to tokens: unary replies, QUIC, and streams whose events cannot be told apart.
    package var byOctets: Calibration
  }

  /// Octets of a request's headers, where they cannot be told from the body.
  package struct RequestAllowance: Sendable, Equatable {
    package var http11: Double
    /// With the preface of the connection.
    package var http2: Double
    /// Later on the connection, when HPACK has most of them in its table.
    package var http2Later: Double
  }

  /// Two events that open each reply and repeat the settings of the request, unlike those of the profile's siblings.
  package struct Opening: Sendable, Equatable {
    /// Octets of the first, at least.
    package var least: Double
    /// By so much the second is larger.
    package var growth: Double
  }

  /// How requests are counted.
  package struct Prompt: Sendable, Equatable {
    package var head: RequestAllowance
    /// What tells a turn of this profile from its siblings' where its events do not; nil where nothing does.
    package var opening: Opening?
    /// Octets that every body has around its text, as names of fields and the model: they are taken off first.
    package var skeleton: Double
    /// Above so many octets upstream a request holds files or images more often than text.
    package var attachmentAbove: Int
    /// How likely smaller ones hold some, and what they take then; nil where nothing is known of that.
    package var attachment: AttachmentModel?
    /// When records show the body apart from the headers.
    package var byBody: Calibration
    /// When the allowance has to do.
    package var byBurst: Calibration
    /// When the reply is seen to call a tool: the provider then adds a prompt of its own to the one on the wire. Nil where
    /// replies do not show it.
    package var byCall: Calibration?
  }

  /// Unique, `openai-chat-stream`.
  package var id: String
  package var version: Int
  /// Whose dialects are read with each other's profiles: `openai`.
  package var family: String
  /// The profile that stands in where this one lacks data.
  package var parent: String?
  /// Other streams of the same services, tried when their events fit the turn better.
  package var siblings: [String]
  /// The profile of the same services' unary replies.
  package var unary: String?
  /// What the wire cannot show: `reasoning`, `server-side history`, `hidden prompt`.
  package var hidden: [String]
  package var completion: Completion
  /// Nil when nothing is known of requests, or when ``keepsHistory``.
  package var prompt: Prompt?
  /// The provider keeps the history, so that a request says nothing of the prompt.
  package var keepsHistory: Bool
  package var card: CalibrationCard

  /// `openai-chat-stream@1`, as records and reports write it.
  package var versionedID: String { "\(id)@\(version)" }
}

/// What events of one dialect look like on the wire, all in octets unless said otherwise.
package struct LatticeShape: Sendable, Equatable {
  package var least: Double
  package var usual: Double
  package var most: Double
  /// A record of n events lies within `tight`·√n + n of n times the unit.
  package var tight: Double
  /// Or above it by so much more: text and padding that went on to the next step.
  package var slack: Double
  /// A record holds at most so many times the usual number of events.
  package var burst: Double
  /// Octets of the closing events, in units; nil when they repeat the text and are of any length.
  package var closing: Double?
}

/// Octets of an event whose text is of any length.
package struct TextShape: Sendable, Equatable {
  package var usual: Double
  /// JSON, field names and mean padding around the text of one event.
  package var overhead: Double
  /// The most that counts as text in one event: signatures and search results are not text.
  package var mostText: Double
  /// Text of the smallest event of a turn, for dialects whose overhead differs by model: a turn of several events then
  /// shows its own.
  package var leastText: Double?
  /// The last event never bears text.
  package var skipsLast = false
  /// Octets of text that each event counts for beside its own: short events bear more tokens to the octet.
  package var perEvent = 0.0
  /// Octets that the last event has more around it than the others; nil when it is like them.
  package var closing: Double?
  /// Octets around the text of one event of models that rate each for its safety.
  package var rated: Double?
}

/// Octets of the events of a stream of content blocks (Anthropic messages), each with its mean padding.
package struct BlockShape: Sendable, Equatable {
  /// `message_start`.
  package var start: Double
  /// `content_block_start` of a block of text.
  package var block: Double
  package var ping: Double
  /// `content_block_stop`.
  package var stop: Double
  /// `message_delta`, with the usage.
  package var delta: Double
  /// `message_stop`.
  package var end: Double
  /// Text of a usual event.
  package var text: Double
  /// What the name and markup of a call weigh, in octets of text.
  package var tool: Double
}

/// Octets of a compressed stream of content blocks.
package struct CompressedShape: Sendable, Equatable {
  /// The events before the first text, and those after the last.
  package var opening: Double
  package var closing: Double
  /// An event of text.
  package var usual: Double
  /// What an event takes beside its text.
  package var overhead: Double
  /// See ``TextShape/perEvent``.
  package var perEvent: Double
}
