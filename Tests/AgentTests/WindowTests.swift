import Testing
import WireFormat

@testable import Agent

@Suite("windows")
struct WindowTests {
  @Test(
    "every time lies in the window that is made for it",
    arguments: [0, 1, -1, 299, 300, -300, -301, .max, .max - 1, .min, .min + 1, 1_793_610_000]
      as [Int64],
    [2, 7, 300, 86_400] as [Int64])
  func holdsItsTime(nanoseconds: Int64, length: Int64) {
    let time = Timestamp(nanoseconds: nanoseconds)
    let window = Window(holding: time, length: length)
    #expect(
      window.contains(time) && window.start <= time && window.end > time || time.nanoseconds == .max
    )
  }

  @Test func beginsAtAMultipleAndEndsBeforeTheNext() {
    let window = Window(holding: Timestamp(nanoseconds: 899), length: 300)
    #expect(window.start.nanoseconds == 600 && window.end.nanoseconds == 900)
    #expect(!window.contains(window.end) && window.contains(window.last))
    #expect(Window(holding: window.last, length: 300) == window)
  }

  @Test func timesBefore1970RoundDown() {
    let window = Window(holding: Timestamp(nanoseconds: -1), length: 300)
    #expect(window.start.nanoseconds == -300 && window.end.nanoseconds == 0)
  }
}
