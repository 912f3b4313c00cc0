import Agent
import ArgumentParser

/// Where the rules are: shared by every command that judges.
struct RuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The rules folder.",
      discussion: "Default: $GNOMON_RULES, ./rules, beside the program, /usr/share/gnomon/rules."))
  var rules: String?

  @Option(help: "The site's policy file. Default: policy.yaml in the rules folder.")
  var policy: String?

  var directory: String { rules ?? RuleBook.defaultDirectory() }
}

/// Which database: shared by every command that reads or writes records.
struct DatabaseOptions: ParsableArguments {
  @Option(help: "The record database.")
  var database = "gnomon.db"
}

/// How much memory: shared by the commands that read packets.
struct MemoryOptions: ParsableArguments {
  @Option(help: "Memory that it may take, in MB (80 or more): how large its tables are.")
  var memory = 256

  var byteCount: Int { memory * 1_000_000 }

  func validate() throws {
    guard (80...1_000_000).contains(memory) else {
      throw ValidationError("--memory must be from 80 to 1000000 MB.")
    }
  }
}
