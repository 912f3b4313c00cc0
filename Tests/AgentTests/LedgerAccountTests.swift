import Testing
import WireFormat

@testable import Agent

@Suite("accounts of a window")
struct LedgerAccountTests {
  @Test("turns that state times at both ends of what there is do not overflow their sum")
  func activeTimeSaturates() {
    var account = Ledger.Account(
      firstSeen: Timestamp(nanoseconds: 0), lastSeen: Timestamp(nanoseconds: 0))
    account.addActive(nanoseconds: .max)
    account.addActive(nanoseconds: .max)
    #expect(account.activeNanoseconds == .max)
  }

  @Test("a turn that ran backwards was open for no time")
  func activeTimeIsNotNegative() {
    var account = Ledger.Account(
      firstSeen: Timestamp(nanoseconds: 0), lastSeen: Timestamp(nanoseconds: 0))
    account.addActive(nanoseconds: -5)
    #expect(account.activeNanoseconds == 0)
  }
}
