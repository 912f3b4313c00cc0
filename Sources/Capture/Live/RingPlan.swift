import CPcap
import WireFormat

/// What a ring on an interface needs to know, as libpcap has found it out.
///
/// libpcap opens the interface for a moment: it says what is wrong with it, knows its kind, and compiles the filter.
struct RingPlan {
  let name: String
  let options: LiveOptions
  let kind: RingBlock.Kind
  /// A classic BPF program that returns the snaplen of frames that are wanted.
  let filter: [bpf_insn]
  let warnings: [String]
  /// No frame is wanted yet.
  private(set) var isHeldBack = false

  /// The same, without frames until another filter is attached.
  var holdingBack: RingPlan {
    var plan = self
    plan.isHeldBack = true
    return plan
  }

  /// - Throws: as ``LiveInterface/init(name:options:)``; `liveCapture` for an interface that cannot have a ring.
  init(name: String, options: LiveOptions) throws(CaptureError) {
    self.name = name
    self.options = options
    var brief = options
    brief.bufferByteCount = 0
    brief.filter = nil
    let handle = try PcapHandle.open(name: name, options: brief)
    filter = try handle.instructions(for: options.filter, name: name)
    warnings = handle.warnings
    guard [LinkType.ethernet.rawValue, LinkType.raw.rawValue].contains(handle.linkType)
    else {
      throw CaptureError(
        .liveCapture, path: name,
        detail:
          "a ring needs an interface of Ethernet or raw IP, and this one's link type is \(handle.linkType)"
      )
    }
    kind = RingBlock.Kind(
      linkType: handle.linkType, isLoopback: false, snaplen: options.validSnaplen)
  }
}
