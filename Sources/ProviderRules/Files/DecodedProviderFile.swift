import Dispatch
import StrictYAML
import Synchronization

/// What a provider file says by itself, and what is wrong with it by itself.
struct DecodedProviderFile: Sendable {
  /// Nil when too much is wrong.
  let file: ProviderFile?
  let diagnostics: [Diagnostic]

  init(_ source: RuleSource) {
    do {
      let root = try YAMLNode.parse(source.text, path: source.path)
      let decoder = StrictDecoder(path: source.path)
      file = ProviderFile.decode(root, decoder, isLocal: source.isLocal)
      diagnostics = decoder.diagnostics
    } catch {
      (file, diagnostics) = (nil, [error])
    }
  }

  /// Files that one thread decodes at a stretch, and the stretches of all threads that are held at one time: what is decoded
  /// takes ten times as much memory as the tables that are made of it.
  private static let stretch = 16
  private static let stretchesAtOnce = 8

  /// Decodes files, several at a time, and hands them on in order.
  static func forEach(
    of sources: [RuleSource], threads: Int, _ body: (RuleSource, DecodedProviderFile) -> Void
  ) {
    guard threads > 1, sources.count > stretch else {
      for source in sources { body(source, DecodedProviderFile(source)) }
      return
    }
    var start = 0
    while start < sources.count {
      let end = min(start + stretch * stretchesAtOnce, sources.count)
      let wave = decode(Array(sources[start..<end]), threads: threads)
      for (source, file) in zip(sources[start..<end], wave) { body(source, file) }
      start = end
    }
  }

  /// The stretches of a wave, and the next that nobody has taken.
  private struct Wave {
    var decoded: [[DecodedProviderFile]]
    var next = 0

    mutating func take() -> Int? {
      guard next < decoded.count else { return nil }
      next += 1
      return next - 1
    }
  }

  private static func decode(_ sources: [RuleSource], threads: Int) -> [DecodedProviderFile] {
    let count = (sources.count + stretch - 1) / stretch
    let wave = Mutex(Wave(decoded: Array(repeating: [], count: count)))
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
      while let place = wave.withLock({ $0.take() }) {
        let first = place * stretch
        let files = sources[first..<min(first + stretch, sources.count)].map {
          DecodedProviderFile($0)
        }
        wave.withLock { $0.decoded[place] = files }
      }
    }
    return wave.withLock { $0.decoded.flatMap { $0 } }
  }
}
