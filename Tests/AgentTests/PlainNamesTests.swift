import Testing

@testable import Agent

@Suite("Names known to be nothing")
struct PlainNamesTests {
  @Test func remembersAndForgets() {
    var names = PlainNames()
    #expect(!names.contains(0))
    for hash in [1, 4_094, 4_096, UInt64.max] { names.add(hash) }
    #expect([1, 4_094, 4_096, UInt64.max].allSatisfy(names.contains))
    names.removeAll()
    #expect(![1, 4_094, 4_096, UInt64.max].contains(where: names.contains))
  }

  @Test("who comes later takes the place")
  func replaces() {
    var names = PlainNames()
    names.add(5)
    names.add(5 + 4_096)
    #expect(!names.contains(5))
    #expect(names.contains(5 + 4_096))
  }
}
