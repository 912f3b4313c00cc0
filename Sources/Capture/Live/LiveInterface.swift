/// A network interface that is listened to, through a ring of the kernel's or through libpcap.
///
///     while try interface.fill(&batch, timeoutMilliseconds: 100) {
///       …   // an empty batch is a quiet interval
///     }
///
/// Opening needs root or the capability `CAP_NET_RAW`.
package struct LiveInterface: ~Copyable {
  package let name: String
  /// The LINKTYPE_ value of all its frames.
  package var linkType: UInt32 { source.linkType }
  /// Whether times have nanoseconds; otherwise they are whole microseconds.
  package var hasNanoseconds: Bool { source.hasNanoseconds }
  /// What there is to be told of how it was opened, such as an interface that cannot be promiscuous.
  package var warnings: [String] { source.warnings }
  /// How frames are taken: `a ring of 16 MiB`, `libpcap`.
  package var means: String { source.means }
  /// Ends ``fill(_:timeoutMilliseconds:)`` from elsewhere.
  package let interrupter: Interrupter

  private let source: any LiveSource

  /// Opens an interface and sets its filter.
  ///
  /// libpcap opens it first in any case: it knows the interface's kind, says what is wrong with it, and compiles the
  /// filter for it.
  ///
  /// - Throws: ``CaptureError`` of the kinds `noSuchInterface` (its detail lists those that exist),
  ///   `noPermission`, `interfaceDown`, `badFilter`, `liveCapture`.
  package init(name: String, options: LiveOptions = .init()) throws(CaptureError) {
    let interrupter = try Interrupter(interface: name)
    var opened: any LiveSource
    switch options.method {
    case .libpcap: opened = try PcapReader(name: name, options: options, interrupter: interrupter)
    case .ring: opened = try Self.ring(name, options, interrupter)
    case .auto:
      // What is wrong with the interface itself is the same for both, and told once, by the second.
      do throws(CaptureError) {
        opened = try Self.ring(name, options, interrupter)
      } catch {
        guard error.kind == .liveCapture else { throw error }
        opened = try PcapReader(name: name, options: options, interrupter: interrupter)
        opened.warnings.append("\(name): \(error.detail); libpcap reads it instead")
      }
    }
    self.name = name
    self.interrupter = interrupter
    source = opened
  }

  private static func ring(
    _ name: String, _ options: LiveOptions, _ interrupter: Interrupter
  ) throws(CaptureError) -> any LiveSource {
    let plan = try RingPlan(name: name, options: options)
    return options.readerCount > 1
      ? try RingGroup(plan, interrupter: interrupter)
      : try RingReader(plan, interrupter: interrupter)
  }

  /// The names of the interfaces that can be listened to.
  package static var availableNames: [String] { PcapHandle.interfaceNames() }

  /// Replaces the frames of `batch` by those that have arrived, waiting so long for the first.
  ///
  /// - Returns: false after ``Interrupter/interrupt()``; true otherwise, also without frames when
  ///   the time is over or a signal came.
  /// - Throws: `interfaceDown` when the interface is gone, `liveCapture` for anything else. One
  ///   that is merely set down brings no frames until it is up again.
  package mutating func fill(
    _ batch: inout FrameBatch, timeoutMilliseconds: Int
  ) throws(CaptureError) -> Bool {
    batch.removeAll()
    return try source.fill(&batch, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// What became of the frames so far.
  ///
  /// libpcap counts in 32 bits; call it at least once in 4 billion frames.
  package mutating func statistics() throws(CaptureError) -> LiveStatistics {
    try source.statistics()
  }
}
