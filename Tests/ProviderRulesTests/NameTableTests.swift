import Testing

@testable import ProviderRules

/// Counts instead of clocks: a lookup's work must depend on the name, not on how many rules there are.
@Suite("Cost of a lookup")
struct NameTableTests {
  static func table(ruleCount: Int) throws -> NameTable {
    var table = NameTable()
    for index in 0..<ruleCount {
      table.update("service\(index).provider\(index % 97).test") { $0.suffixRule = Int32(index) }
    }
    for index in 0..<(ruleCount / 100) {
      table.add(
        try NamePattern("^eu-[a-z]+\\.region\(index)\\.test$"), rule: Int32(ruleCount + index))
    }
    return table
  }

  @Test("probes are bounded by the labels of the name", arguments: [100, 10_000])
  func boundsProbes(ruleCount: Int) throws {
    let table = try Self.table(ruleCount: ruleCount)
    let names = [
      "service7.provider7.test", "a.b.c.d.e.f.service7.provider7.test", "www.example.com",
      "provider7.test", "eu-west.region0.test", "us-west.region0.test", "localhost",
      "x.y.z.example.co.uk",
    ]
    for name in names {
      var cost = NameTable.Cost()
      _ = table.rule(for: name, cost: &cost)
      let labels = name.split(separator: ".").count
      // Twice only where patterns stand under the name.
      let walks = cost.patterns > 0 ? 2 : 1
      #expect(cost.probes <= walks * labels, "\(name)")
      #expect(cost.patterns <= 1, "\(name)")
    }
  }

  @Test func aHundredTimesTheRulesDoNotCostMore() throws {
    func slotsPerName(ruleCount: Int) throws -> Double {
      let table = try Self.table(ruleCount: ruleCount)
      var total = NameTable.Cost()
      for index in 0..<2_000 {
        let name = "www\(index).service\(index * 7 % ruleCount).example\(index % 31).test"
        _ = table.rule(for: name, cost: &total)
      }
      return Double(total.slots) / 2_000
    }
    let few = try slotsPerName(ruleCount: 100)
    let many = try slotsPerName(ruleCount: 10_000)
    // Both are near one slot per probe, three probes per name; an index that grew would be far off.
    #expect(many < few * 1.5 + 1, "\(few) slots with 100 rules, \(many) with 10 000")
  }

  @Test func everyRuleIsFoundAmongTenThousand() throws {
    let table = try Self.table(ruleCount: 10_000)
    var cost = NameTable.Cost()
    for index in 0..<10_000 {
      let name = "service\(index).provider\(index % 97).test"
      #expect(table.rule(for: name, cost: &cost) == Int32(index))
    }
  }
}

extension NameTable {
  fileprivate func rule(for name: String, cost: inout Cost) -> Int32? {
    // Safe: every octet of a string is initialized, and the span ends before the string does.
    unsafe rule(for: name.utf8.span.bytes, cost: &cost)
  }
}
