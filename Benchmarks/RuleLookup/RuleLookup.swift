import Foundation
import ProviderRules

/// Loads the provider files of a folder and looks names up in them; `scripts/bench-rules` makes both.
///
/// usage: gnomon-rule-bench FOLDER NAMES
///
/// Prints one line of JSON: seconds of CPU to load, resident KiB that the loaded set takes, nanoseconds a lookup takes, and
/// the same for a dictionary that is asked for each suffix of the name. The best of ``rounds`` rounds each, in turns.
@main
struct RuleLookup {
  static let rounds = 5

  /// Where a name stands; narrow, so that reading it takes nothing from the caches that the table needs.
  private struct Place {
    private let start: UInt32
    private let count: UInt8

    init(_ name: ArraySlice<UInt8>) {
      (start, count) = (UInt32(name.startIndex), UInt8(name.count))
    }

    var range: Range<Int> { Int(start)..<(Int(start) + Int(count)) }
  }

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else { fatalError("usage: gnomon-rule-bench FOLDER NAMES") }
    let before = residentKiB()
    let start = cpu()
    let rules = try load(arguments[1])
    let seconds = cpu() - start
    let resident = residentKiB() - before
    // One array for all: as in a packet, a name's octets are near when it is looked up.
    let text = Array(try String(contentsOfFile: arguments[2], encoding: .utf8).utf8)
    let names = text.split(separator: UInt8(ascii: "\n")).map(Place.init)
    let peer = Dictionary(
      rules.rules.enumerated().compactMap { index, rule in
        rule.text.hasPrefix("suffix ") ? (Substring(rule.text.dropFirst(7)), index) : nil
      }, uniquingKeysWith: { first, _ in first })

    var best = (Double.infinity, Double.infinity)
    var hits = (0, 0)
    for _ in 0..<rounds {
      hits = (0, 0)
      var begin = cpu()
      // Safe: every octet of an array is initialized.
      let octets = unsafe text.span.bytes
      for name in names where rules.match(name: octets.extracting(name.range)) != nil {
        hits.0 += 1
      }
      best.0 = min(best.0, cpu() - begin)
      begin = cpu()
      for name in names where find(text[name.range], peer) != nil { hits.1 += 1 }
      best.1 = min(best.1, cpu() - begin)
    }
    let each = 1e9 / Double(max(1, names.count))
    print(
      """
      {"rules": \(rules.rules.count), "load_seconds": \(seconds), "resident_kib": \(resident), \
      "names": \(names.count), "hits": \(hits.0), "lookup_ns": \(best.0 * each), \
      "dictionary_hits": \(hits.1), "dictionary_ns": \(best.1 * each)}
      """)
  }

  private static func load(_ folder: String) throws -> RuleSet {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let sources = try files.map {
      RuleSource(
        path: "providers/\($0)",
        text: try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8))
    }
    return try RuleSet(compiling: sources)
  }

  /// The rule of the longest suffix: a new string for each.
  private static func find(_ name: ArraySlice<UInt8>, _ peer: [Substring: Int]) -> Int? {
    var rest = Substring(String(decoding: name, as: UTF8.self))
    while true {
      if let rule = peer[rest] { return rule }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      rest = rest[rest.index(after: dot)...]
    }
  }

  /// Seconds of CPU that the process has used.
  private static func cpu() -> Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func residentKiB() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
    return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
  }
}
