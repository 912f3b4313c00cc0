import ArgumentParser

@main
struct Gnomon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "gnomon")
}
