import Decryption
import Reports
package import TokenEstimation
import WireFormat

/// What `gnomon calibrate` found and made.
package struct CalibrateOutcome {
  var captureCount = 0
  /// Captures that are cut short or damaged; what came before the damage was read.
  package internal(set) var damagedCount = 0
  var turnCount = 0
  var sources: Set<CalibrateRun.Source> = []
  /// The first and the last turn.
  var first: Timestamp?
  var last: Timestamp?
  var keyedConnectionCount = 0
  var unknownLabelCount = 0
  var flows: [DecryptedFlow.Outcome: Int] = [:]
  var tap = CalibrateTap.Counters()
  var exchangeCount = 0
  var silences: [Exchange.Silence: Int] = [:]
  var pairing = CalibratePairing.Counts()
  package internal(set) var calibrations: [ProfileCalibration] = []
  package internal(set) var written: [String] = []

  /// Turns that were paired with what they are known to have cost.
  package var pairedCount: Int { pairing.paired }

  mutating func add(_ tap: CalibrateTap) {
    flows.merge(tap.outcomes) { $0 + $1 }
    self.tap.fragments += tap.counters.fragments
    self.tap.wrappedFrames += tap.counters.wrappedFrames
    self.tap.flowsRefused += tap.counters.flowsRefused
    self.tap.udpPort443 += tap.counters.udpPort443
    self.tap.exchangesLeftOut += tap.counters.exchangesLeftOut
    exchangeCount += tap.exchanges.count
    for (_, exchange) in tap.exchanges {
      if let silence = exchange.silence { silences[silence, default: 0] += 1 }
    }
  }

  /// The report for a terminal.
  package var text: String {
    var lines = [
      "\(Quantity.counted(captureCount, "capture")), \(Quantity.counted(turnCount, "turn")) metered"
    ]
    if damagedCount > 0 {
      lines.append(
        "\(Quantity.counted(damagedCount, "capture")) damaged: read up to the damage")
    }
    if sources.contains(.keys) { lines += decryptionLines }
    lines += pairingLines
    if !calibrations.isEmpty {
      lines += ["", "On the held-out turns, the latest in time, before → after:"]
      lines += CalibrateTableText.lines(calibrations)
    }
    var text = lines.joined(separator: "\n") + "\n"
    for calibration in calibrations where calibration.isChanged {
      text += "\n" + calibration.profile.cardText
    }
    if !written.isEmpty {
      text += "\n" + written.map { "written: \($0)\n" }.joined()
    } else if calibrations.contains(where: \.isChanged) {
      text += "\nNothing was written; --out FOLDER writes the new profiles.\n"
    }
    return text
  }

  private var decryptionLines: [String] {
    var lines = [
      "key log: secrets of \(Quantity.counted(keyedConnectionCount, "connection"))"
        + (unknownLabelCount > 0
          ? ", \(Quantity.counted(unknownLabelCount, "line")) with labels that are not needed" : "")
    ]
    let known = DecryptedFlow.Outcome.allCases.compactMap { outcome in
      flows[outcome].map { "\($0) \(outcome.rawValue)" }
    }
    lines.append("TCP flows: " + (known.isEmpty ? "none" : known.joined(separator: ", ")))
    if tap.udpPort443 > 0 {
      lines.append("QUIC: \(Quantity.counted(tap.udpPort443, "datagram")), not decrypted")
    }
    for (count, what) in [
      (tap.fragments, "fragments left out"), (tap.wrappedFrames, "frames in tunnels left out"),
      (tap.flowsRefused, "flows without room"),
      (tap.exchangesLeftOut, "exchanges beyond the first million"),
    ] where count > 0 {
      lines.append("\(count) \(what)")
    }
    let silent = Exchange.Silence.allCases.compactMap { silence in
      silences[silence].map { "\($0) \(silence.rawValue)" }
    }
    lines.append(
      "\(Quantity.counted(exchangeCount, "exchange")) read"
        + (silent.isEmpty ? "" : "; whose response " + silent.joined(separator: ", ")))
    return lines
  }

  private var pairingLines: [String] {
    var lines = ["known usage: \(pairing.stated), of these paired with a turn: \(pairing.paired)"]
    for (count, what) in [
      (pairing.withoutTurn, "without a metered turn"),
      (pairing.mixed, "in turns that hold other exchanges too, or a part"),
      (pairing.ambiguous, "that fit several turns, or whose turn fits several"),
      (pairing.abstained, "paired, but the estimator abstains"),
      (
        pairing.promptsElsewhere, "prompts with images, files, a history or tools of the provider's"
      ),
      (pairing.promptsHidden, "prompts longer than their request: added to by the provider"),
    ] where count > 0 {
      lines.append("  \(count) \(what)")
    }
    lines.append(
      "pairs to fit on: \(pairing.completionPairs) completions, \(pairing.promptPairs) prompts")
    return lines
  }
}

/// The table of what was before and what is after.
enum CalibrateTableText {
  static func lines(_ calibrations: [ProfileCalibration]) -> [String] {
    var lines = [
      columns([
        "profile", "figure", "fit+bands/test", "median", "p90", "in 90 %", "high/low", "total",
      ])
    ]
    for calibration in calibrations {
      for figure in calibration.figures {
        let turns =
          "\(figure.fittedTurns)+\(figure.bandTurns)/\(figure.before?.turnCount ?? 0)"
        func both(_ value: (CalibrationScore) -> String) -> String {
          let before = figure.before.map(value) ?? "–"
          return figure.after.map { before + " → " + value($0) } ?? before
        }
        lines.append(
          columns([
            calibration.prior.versionedID, figure.figure.title, turns,
            both { percent($0.medianError) }, both { percent($0.p90Error) },
            both { percent($0.coverage) }, both { "×" + decimal($0.width) },
            both { ($0.bias < 0 ? "−" : "+") + percent($0.bias.magnitude) },
          ]))
        lines.append(
          "    " + figure.decision.rawValue
            + (figure.leadsToAbstentions
              ? "; too wide to be printed: most such turns are abstained on" : ""))
      }
    }
    return lines
  }

  private static func columns(_ cells: [String]) -> String {
    let widths = [26, 30, 15, 18, 20, 19, 18, 20]
    var line = ""
    for (index, (cell, width)) in zip(cells, widths).enumerated() {
      let padding = String(repeating: " ", count: max(1, width - cell.count))
      line += index < 2 ? cell + padding : padding + cell
    }
    return line
  }

  private static func percent(_ value: Double) -> String { decimal(value * 100) + " %" }

  private static func decimal(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e12 else { return "–" }
    let scaled = Int((value * 10).rounded())
    return "\(scaled / 10).\(scaled % 10)"
  }
}
