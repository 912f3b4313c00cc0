/// Guesses which of the known words somebody meant to write.
package enum NearMiss {
  /// The word that differs least from `word`; nil when none is near: one change in three letters, at most three.
  package static func suggestion(for word: String, among words: [String]) -> String? {
    let length = word.utf8.count
    guard length <= 64 else { return nil }
    let limit = min(3, max(1, length / 3))
    let ranked = words.map { (word: $0, distance: distance(word, $0)) }
    return ranked.filter { $0.distance <= limit && $0.distance < $0.word.utf8.count }
      .min { $0.distance < $1.distance }?.word
  }

  /// Levenshtein distance over octets, two neighbours swapped counting as one change.
  static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.utf8)
    let b = Array(b.utf8)
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        let cost = a[i] == b[j] ? 0 : 1
        var best = min(previous[j] + cost, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, beforePrevious[j - 1] + 1)
        }
        current.append(best)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[b.count]
  }
}
