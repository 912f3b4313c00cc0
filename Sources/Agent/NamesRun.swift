import Capture
import TrafficModel
import WireFormat

/// The work of `gnomon names`.
package enum NamesRun {
  /// Reads a capture and writes its names to standard output as they are found.
  ///
  /// - Throws: ``AgentError`` when the capture cannot be read; names before the damage have been written.
  package static func list(path: String, format: NamesLister.Format) throws(AgentError) {
    let output = StandardOutput()
    let lister = NamesLister(format: format) { output.write($0) }
    var engine = TrafficEngine(observer: lister, seed: .random(in: .min ... .max))
    do throws(CaptureError) {
      var file = try CaptureFile(path: path)
      var batch = FrameBatch()
      while try file.fill(&batch) {
        for index in 0..<batch.count {
          let header = batch.headers[index]
          engine.process(
            batch.frame(at: index), originalLength: header.originalLength,
            linkType: header.linkType, at: header.timestamp)
        }
        engine.sweep(steps: 2 * batch.count)
      }
    } catch {
      engine.finish()
      output.flush()
      throw AgentError(error)
    }
    engine.finish()
    try output.finish()
  }
}
