import Agent
import ArgumentParser

/// `gnomon watch`: the main job on a live interface.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Watch an interface and write per-host records.",
    discussion: """
      Ends on SIGTERM or SIGINT with everything written; SIGHUP reads the rules again. Needs the \
      right to capture (root, or CAP_NET_RAW).
      """)

  @Option(name: .shortAndLong, help: "The interface.")
  var interface: String

  @Option(help: "A capture filter in the language of pcap-filter(7).")
  var filter: String?

  @Option(help: "Octets kept of each packet. Default: all.")
  var snaplen: Int?

  @Flag(inversion: .prefixedNo, help: "Put the interface into promiscuous mode.")
  var promiscuous = true

  @OptionGroup var capture: CaptureOptions
  @OptionGroup var database: DatabaseOptions
  @OptionGroup var rules: RuleOptions

  @OptionGroup var memory: MemoryOptions

  @Option(help: "Seconds of one record window.")
  var window = 300

  @Option(help: "The name of this sensor in the records. Default: the host name.")
  var sensor: String?

  func validate() throws {
    guard (1...86_400).contains(window) else {
      throw ValidationError("--window must be from 1 to 86400 seconds.")
    }
    if let snaplen, !(64...262_144).contains(snaplen) {
      throw ValidationError("--snaplen must be from 64 to 262144 octets.")
    }
  }

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      var options = WatchRun.Options(
        interface: interface, database: database.database, rules: rules.directory,
        policy: rules.policy, sensor: sensor ?? HostName.current, window: window)
      options.memoryByteCount = memory.byteCount
      options.live = capture.live
      options.live.filter = filter
      if let snaplen { options.live.snaplen = snaplen }
      options.live.isPromiscuous = promiscuous
      try WatchRun.run(options, note: CommandRunner.warn)
    }
  }
}
