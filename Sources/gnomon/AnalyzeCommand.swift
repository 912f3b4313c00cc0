import Agent
import ArgumentParser

/// `gnomon analyze`: captures in, records in the database.
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Turn captures into per-host records.",
    discussion: """
      Reads pcap and pcapng, also .gz and .zst. A folder is read in order of time. The same capture \
      analysed twice counts once.
      """)

  @Argument(help: "Capture files or folders; - for standard input.")
  var files: [String]

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var rules: RuleOptions

  @OptionGroup var memory: MemoryOptions

  @Option(help: "Seconds of one record window.")
  var window = 300

  @Option(help: "The name of this sensor in the records. Default: the host name.")
  var sensor: String?

  @Option(
    help:
      "Threads that work on a capture, 1 to 16; the results are the same. Default: 2, where there are so many processors."
  )
  var threads: Int?

  @Flag(help: "Print every counter to standard output.")
  var stats = false

  func validate() throws {
    guard (1...86_400).contains(window) else {
      throw ValidationError("--window must be from 1 to 86400 seconds.")
    }
    guard threads.map((1...16).contains) ?? true else {
      throw ValidationError("--threads must be from 1 to 16.")
    }
  }

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      var options = AnalyzeRun.Options(
        paths: files, database: database.database, rules: rules.directory, policy: rules.policy,
        sensor: sensor ?? HostName.current, window: window)
      options.memoryByteCount = memory.byteCount
      options.threads = threads ?? Processors.usefulThreads
      let outcome = try AnalyzeRun.run(options, note: CommandRunner.warn)
      let output = StandardOutput()
      if stats { output.write(outcome.statistics) }
      output.write(outcome.summary(database: database.database) + "\n")
      try output.finish()
    }
  }
}
