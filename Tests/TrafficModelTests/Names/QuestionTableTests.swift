import Testing
import WireFormat

@testable import TrafficModel

@Suite("Questions that wait for their answer")
struct QuestionTableTests {
  static let question = QuestionTable.Question(
    client: InferredNamesTests.client, server: InferredNamesTests.resolver, identifier: 7,
    name: 0x1234_5678_9abc_def0, isTunnelled: false)
  static let time = Timestamp(seconds: 1_000)

  @Test("an answer is known by each part of its question")
  func tellsQuestionsApart() {
    var table = QuestionTable(seed: 9)
    #expect(table.standing(of: Self.question, at: Self.time) == .unseen)
    table.insert(Self.question, at: Self.time)
    #expect(table.standing(of: Self.question, at: Self.time) == .asked)
    var other = Self.question
    other.identifier = 8
    #expect(table.standing(of: other, at: Self.time) == .unasked)
    other = Self.question
    other.name ^= 1 << 40
    #expect(table.standing(of: other, at: Self.time) == .unasked)
    other = Self.question
    other.client.port ^= 1
    #expect(table.standing(of: other, at: Self.time) == .unasked)
    other = Self.question
    other.client.address = IPAddress(v4: 0x0a00_0006)
    #expect(table.standing(of: other, at: Self.time) == .unseen)
    other = Self.question
    other.server.address = IPAddress(v4: 0xc633_6442)
    #expect(table.standing(of: other, at: Self.time) == .unseen)
    other = Self.question
    other.server.port = 5_300
    #expect(table.standing(of: other, at: Self.time) == .unseen)
    other = Self.question
    other.isTunnelled = true
    #expect(table.standing(of: other, at: Self.time) == .unseen)
  }

  @Test("a question waits for thirty seconds, whichever way the clock runs", arguments: [30, 31])
  func forgets(seconds: Int64) {
    var table = QuestionTable(seed: 9)
    table.insert(Self.question, at: Self.time)
    let expected: QuestionTable.Standing = seconds == 30 ? .asked : .unasked
    for moved in [1_000 + seconds, 1_000 - seconds] {
      #expect(table.standing(of: Self.question, at: Timestamp(seconds: moved)) == expected)
    }
    table.insert(Self.question, at: Timestamp(seconds: .max / 2_000_000_000))
    table.insert(Self.question, at: Timestamp(seconds: -5))
    #expect(table.standing(of: Self.question, at: Self.time) == .unasked)
  }

  @Test("the table stays its size: the oldest question nearby leaves, and is counted")
  func staysItsSize() {
    var table = QuestionTable(slots: 16, seed: 9)
    var asked: [QuestionTable.Question] = []
    for identifier in 0..<UInt16(64) {
      var question = Self.question
      question.identifier = identifier
      asked.append(question)
      table.insert(question, at: Self.time.advanced(byNanoseconds: Int64(identifier) * 100_000_000))
    }
    let known = asked.filter { table.standing(of: $0, at: Self.time) == .asked }
    #expect(known.count == 16 && table.evictedCount == 48)
    #expect(known.last?.identifier == 63)
  }
}

extension QuestionTable {
  fileprivate mutating func insert(_ question: Question, at now: Timestamp) {
    insert(at: place(of: question), at: now)
  }

  fileprivate func standing(of question: Question, at now: Timestamp) -> Standing {
    standing(at: place(of: question), at: now)
  }
}
