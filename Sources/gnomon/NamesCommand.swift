import Agent
import ArgumentParser

/// `gnomon names`: every name on the wire of a capture.
struct NamesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "names", abstract: "List every name on the wire of a capture, one a line.",
    discussion: """
      Each line begins with how the name is known: tls, dtls, quic, gquic (a client's hello), certificate (what a server \
      without a name asked for is good for), http and socks (a host asked for in the clear, of a server or a proxy), dns \
      and netbios (a name looked up), hidden (a flow that hides names: DNS over TLS, HTTPS or QUIC, Private Relay). \
      Behind the name: the hello's JA4, whether its encrypted part is GREASE or real, and the tunnel it came in.
      """)

  @Argument(help: "A capture file (pcap, pcapng, .gz, .zst), or - for standard input.")
  var file: String

  @Option(help: "text or ndjson.")
  var format = NamesLister.Format.text

  func run() throws {
    try CommandRunner.run { () throws(AgentError) in
      try NamesRun.list(path: file, format: format)
    }
  }
}

extension NamesLister.Format: ExpressibleByArgument {}
