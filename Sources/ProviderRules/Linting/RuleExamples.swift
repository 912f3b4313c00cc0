/// The examples in provider files; loading holds each against all rules.
package enum RuleExamples {
  /// How many names must match and must not, those of patterns among the first.
  package static func count(in sources: [RuleSource]) -> (hits: Int, misses: Int) {
    var (hits, misses) = (0, 0)
    for (_, file) in ProviderFile.readable(in: sources) {
      for entry in file.services {
        hits += entry.body.hits.count
        misses += entry.body.misses.count
        for rule in entry.body.names {
          if case .pattern(_, _, let examples) = rule.form { hits += examples.count }
        }
      }
    }
    return (hits, misses)
  }
}
