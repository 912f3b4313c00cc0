import ArgumentParser

@main
struct Gnomon: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gnomon",
    abstract: "Meters the AI services that hosts use, from the traffic at the network's edge.",
    subcommands: [
      AnalyzeCommand.self, NamesCommand.self, TurnsCommand.self, ReportCommand.self,
      ProfilesCommand.self,
    ])
}
