import Agent
import ArgumentParser

extension WatchRun.Live.Method: ExpressibleByArgument {}

/// How `gnomon watch` takes packets from the kernel.
struct CaptureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How packets are taken from the kernel.",
      discussion: """
        ring: a ring of its own, for Ethernet, loopback and raw IP. libpcap: for every kind of interface, also \
        'any'. auto: a ring where there can be one, else libpcap, which is then said.
        """))
  var capture = WatchRun.Live.Method.auto

  @Option(help: "MiB that the kernel may fill while gnomon is busy, of all readers together.")
  var ringSize = 16

  @Option(
    help: "KiB of the ring that are handed over together. Default: 1024, less in a small ring.")
  var blockSize: Int?

  @Option(help: "Milliseconds after which a block is handed over that is not full.")
  var blockTimeout = 100

  @Option(help: "Microseconds to look for packets without sleeping before sleeping.")
  var busyPoll = 0

  @Option(help: "Threads that read a ring each; the kernel shares flows out among them.")
  var readers = 1

  var live: WatchRun.Live {
    var live = WatchRun.Live()
    live.method = capture
    live.bufferByteCount = ringSize << 20
    live.blockByteCount = blockSize.map { $0 << 10 }
    live.timeoutMilliseconds = blockTimeout
    live.busyPollMicroseconds = busyPoll
    live.readerCount = readers
    return live
  }

  func validate() throws {
    try check("--ring-size", ringSize, in: 1...1024, "MiB")
    if let blockSize {
      try check("--block-size", blockSize, in: 128...8192, "KiB")
      guard blockSize.isMultiple(of: 4) else {
        throw ValidationError("--block-size must be a multiple of 4 KiB, a page of memory.")
      }
    }
    try check("--block-timeout", blockTimeout, in: 1...1000, "ms")
    try check("--busy-poll", busyPoll, in: 0...100_000, "µs")
    try check("--readers", readers, in: 1...16, "")
    guard live.hasBlocksEnough else {
      throw ValidationError(
        """
        --ring-size \(ringSize) MiB is less than 4 blocks of \(blockSize ?? 128) KiB for each of \
        \(readers) readers.
        """)
    }
    guard capture != .libpcap || blockSize == nil && busyPoll == 0 && readers == 1 else {
      throw ValidationError(
        "--block-size, --busy-poll and --readers are of a ring: --capture libpcap has none.")
    }
  }

  private func check(
    _ option: String, _ value: Int, in bounds: ClosedRange<Int>, _ unit: String
  ) throws {
    guard bounds.contains(value) else {
      let range = "from \(bounds.lowerBound) to \(bounds.upperBound)"
      throw ValidationError("\(option) must be \(range)\(unit.isEmpty ? "" : " " + unit).")
    }
  }
}
