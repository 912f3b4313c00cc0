package import StrictYAML

/// What a profile's figures rest on: shown to whoever asks how far to trust them.
package struct CalibrationCard: Sendable, Equatable {
  /// What kind of evidence it is.
  package enum Kind: String, Sendable, CaseIterable {
    case realCiphertext = "real ciphertext"
    case recordedBodies = "recorded bodies"
    case syntheticBodies = "synthetic bodies"
    /// Real sizes for some turns, bodies with assumed flushing for the others.
    case both = "real ciphertext and recorded bodies"
    /// No data of its own: the parent's figures, wider.
    case borrowed
  }

  /// How one of the profile's fits did on turns from sources that it had not seen.
  package struct Row: Sendable, Equatable {
    /// `completion, events`, `prompt, head known`.
    package var what: String
    package var fittedTurns: Int
    package var testedTurns: Int
    /// Median and 90th percentile of |estimate ÷ truth − 1|.
    package var medianError: Double
    package var p90Error: Double
    /// Share of the tested turns that lie in the 90 % interval.
    package var coverage: Double
    /// High over low of the median interval.
    package var width: Double
    /// Total of the estimates over the total of the truth, less 1.
    package var bias: Double
    /// Nil for turns that no bar is set for.
    package var bar: Bar?
  }

  /// Whether a class of turns is as near to the truth as is asked of it.
  package enum Bar: String, Sendable, CaseIterable {
    case met, missed
  }

  package var kind: Kind
  package var data: String
  package var date: CalendarDate
  /// The command that made it.
  package var command: String
  /// The models whose turns the figures were fitted on, as ``ModelName`` writes them; empty where nothing is known of them.
  package var models: Set<String> = []
  package var rows: [Row]
}
