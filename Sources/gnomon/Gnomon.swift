import Agent
import ArgumentParser

@main
struct Gnomon: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gnomon",
    abstract: "Meters the AI services that hosts use, from the traffic at the network's edge.",
    version: Version.current,
    subcommands: [
      AnalyzeCommand.self, WatchCommand.self, ReportCommand.self, ExportCommand.self,
      NamesCommand.self, TurnsCommand.self, ProfilesCommand.self, EvaluateCommand.self,
      CalibrateCommand.self, RulesCommand.self, PolicyCommand.self,
    ])
}
