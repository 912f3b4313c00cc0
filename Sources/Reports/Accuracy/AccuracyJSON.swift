internal import TokenEstimation

/// An evaluation as JSON. Keys keep their names and meanings within a schema number; shares and errors are fractions of
/// one, what is not known is null.
package enum AccuracyJSON {
  package static let schema = 1

  package static func render(_ report: AccuracyReport) -> String {
    JSONValue.object([
      ("schema", .integer(schema)), ("program", .string(report.program)),
      ("generated_at", .string(UTCText(report.generatedAt).rfc3339)),
      ("by", .optional(report.evaluation.split?.rawValue)),
      ("missed", .integer(report.evaluation.missedCount)),
      ("groups", .array(report.evaluation.groups.map(group))),
    ]).text(isIndented: true) + "\n"
  }

  private static func group(_ group: Evaluation.Group) -> JSONValue {
    .object([
      ("kind", .string(group.kind.rawValue)), ("label", .optional(group.label)),
      ("sets", .array(group.sets.map(set))),
      ("segmentation", group.hasPackets ? segmentation(group.segmentation) : .null),
      ("profiles", .array(group.rows.map { row($0, hasPackets: group.hasPackets) })),
      ("never_seen", .array(group.unseen.map { row($0.row, hasPackets: group.hasPackets) })),
      ("bar", .array(group.bars.map(bar))),
    ])
  }

  private static func set(_ set: Evaluation.SetSummary) -> JSONValue {
    .object([
      ("name", .string(set.name)), ("recipe", .string(set.recipe)),
      ("form", .string(set.isSizesOnly ? "sizes" : "capture")),
      ("true_turns", .integer(set.trueTurnCount)),
      ("excluded_turns", .integer(set.excludedCount)), ("non_turns", .integer(set.nonTurnCount)),
    ])
  }

  private static func segmentation(_ found: Segmentation) -> JSONValue {
    .object([
      ("true_turns", .integer(found.trueTurns)), ("right", .integer(found.right)),
      ("pooled", .integer(found.pooled)), ("split", .integer(found.split)),
      ("merged", .integer(found.merged)), ("missed", .integer(found.missed)),
      ("invented", .integer(found.invented)),
      ("invented_from_non_turns", .integer(found.inventedFromNonTurns)),
      ("right_share", share(found.rightShare)),
    ])
  }

  private static func row(_ row: Evaluation.Row, hasPackets: Bool) -> JSONValue {
    .object([
      ("profile", .string(row.profile)),
      ("segmentation", hasPackets ? segmentation(row.segmentation) : .null),
      ("prompt", score(row.prompt)), ("completion", score(row.completion)),
    ])
  }

  private static func score(_ score: FigureScore) -> JSONValue {
    .object([
      ("turns", .integer(score.turnCount)), ("estimated", .integer(score.estimatedCount)),
      ("abstained", .counts(score.abstentions)), ("abstained_share", share(score.abstainedShare)),
      ("zero_truth", .integer(score.zeroTruthCount)),
      ("median_error", share(score.medianError)), ("p90_error", share(score.p90Error)),
      ("covered", .integer(score.coveredCount)), ("coverage", share(score.coverage)),
      ("coverage_low", share(score.coverageRange?.lowerBound)),
      ("coverage_high", share(score.coverageRange?.upperBound)),
      ("median_width", share(score.medianWidth)), ("total_bias", share(score.bias)),
      ("host_days", .integer(score.hostDayCount)),
      ("host_day_bias_median", share(score.medianHostDayBias)),
      ("host_day_bias_worst", share(score.worstHostDayBias)),
      (
        "predictors",
        .array(
          score.predictors.map { predictor in
            .object([
              ("name", .string(predictor.kind.rawValue)), ("turns", .integer(predictor.turnCount)),
              ("median_error", share(predictor.medianError)),
              ("p90_error", share(predictor.p90Error)), ("total_bias", share(predictor.bias)),
            ])
          })
      ),
    ])
  }

  private static func bar(_ row: BarRow) -> JSONValue {
    .object([
      ("id", .string(row.id)), ("title", .string(row.title)), ("profile", .optional(row.profile)),
      ("figure", .optional(row.figure?.rawValue)), ("turns", .integer(row.turnCount)),
      ("estimated", .integer(row.estimatedCount)),
      (
        "readings",
        .array(
          row.readings.map { reading in
            .object([
              ("measure", .string(reading.measure.rawValue)), ("value", share(reading.value)),
              ("least", share(reading.allowed.lowerBound)),
              ("most", share(reading.allowed.upperBound)), ("met", .bool(reading.isMet)),
            ])
          })
      ),
      ("outcome", .string(row.outcome.rawValue)),
    ])
  }

  private static func share(_ value: Double?) -> JSONValue {
    value.map { .decimal($0, places: 6) } ?? .null
  }
}
