import Testing

@testable import ProviderRules

/// Counts instead of clocks: a lookup's work must depend on the name, not on how many rules there are.
@Suite("Cost of a lookup")
struct NameTableTests {
  static func match(_ rule: Int) -> RuleMatch {
    RuleMatch(
      service: rule % 1_000, evidence: EvidenceClass.allCases[rule % EvidenceClass.allCases.count],
      rule: rule, isShared: rule % 3 == 0)
  }

  static func table(ruleCount: Int) throws -> NameTable {
    var table = NameTable()
    for index in 0..<ruleCount {
      table.update("service\(index).provider\(index % 97).test") {
        $0.suffix = Self.match(index)
      }
    }
    for index in 0..<(ruleCount / 100) {
      table.add(
        try NamePattern("^eu-[a-z]+\\.region\(index)\\.test$"), Self.match(ruleCount + index))
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
      _ = table.match(name, &cost)
      let labels = name.split(separator: ".").count
      // Twice only where patterns stand under the name.
      let walks = cost.patterns > 0 ? 2 : 1
      #expect(cost.probes <= walks * labels, "\(name)")
      #expect(cost.patterns <= 1, "\(name)")
    }
  }

  @Test func aHundredTimesTheRulesDoNotCostMore() throws {
    func groupsPerName(ruleCount: Int) throws -> Double {
      let table = try Self.table(ruleCount: ruleCount)
      var total = NameTable.Cost()
      for index in 0..<2_000 {
        let name = "www\(index).service\(index * 7 % ruleCount).example\(index % 31).test"
        _ = table.match(name, &total)
      }
      return Double(total.slots) / 2_000
    }
    let few = try groupsPerName(ruleCount: 100)
    let many = try groupsPerName(ruleCount: 10_000)
    // Both are near one group per probe, three probes per name; an index that grew would be far off.
    #expect(many < few * 1.5 + 1, "\(few) groups with 100 rules, \(many) with 10 000")
  }

  @Test func everyRuleIsFoundAmongTenThousand() throws {
    let table = try Self.table(ruleCount: 10_000)
    var cost = NameTable.Cost()
    for index in 0..<10_000 {
      let name = "service\(index).provider\(index % 97).test"
      #expect(table.match(name, &cost) == Self.match(index))
    }
  }

  private static func name(length: Int) -> String {
    let octets = (0..<length).map { index -> UInt8 in
      let endsLabel = index == length - 5 || (index % 61 == 60 && index < length - 6)
      let letter = UInt8(97 + (index * 7 + length) % 26)
      return endsLabel ? 0x2e : letter
    }
    return String(decoding: octets, as: UTF8.self)
  }

  @Test(
    "names of every length are found, their neighbours are not, in a table that was made to fit")
  func lengths() {
    var table = NameTable()
    // Labels of 1 to 60 octets, names of 6 to 248.
    let names = (6...248).map { Self.name(length: $0) }
    for (index, name) in names.enumerated() { table.update(name) { $0.exact = Self.match(index) } }
    table.fit()
    var cost = NameTable.Cost()
    for (index, name) in names.enumerated() {
      #expect(table.match(name, &cost) == Self.match(index))
      #expect(table.match(name.uppercased() + ".", &cost) == Self.match(index))
      #expect(table.match("a." + name, &cost) == nil)
      #expect(table.match("a" + name, &cost) == nil)
      #expect(table.match(String(name.dropFirst()), &cost) == nil)
      for place in stride(from: 0, to: name.utf8.count, by: 5) {
        var octets = Array(name.utf8)
        octets[place] = octets[place] == 0x7a ? 0x79 : 0x7a
        #expect(table.match(String(decoding: octets, as: UTF8.self), &cost) == nil)
      }
    }
  }
}

extension NameTable {
  fileprivate func match(_ name: String, _ cost: inout Cost) -> RuleMatch? {
    // Safe: every octet of a string is initialized, and the span ends before the string does.
    unsafe match(name.utf8.span.bytes, cost: &cost)
  }
}
