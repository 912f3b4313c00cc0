import Capture
import Decryption
import TrafficModel
import WireFormat

/// Puts the TCP flows of a capture in order beside the pipeline and decrypts those that a key log knows.
///
/// Only `gnomon calibrate` makes one. Frames in tunnels and fragments are not looked into: calibration works on captures
/// that an operator made of a lab.
final class CalibrateTap {
  /// Both ends of a flow.
  struct Ends: Hashable {
    var client: Endpoint
    var server: Endpoint
  }

  /// What the tap could not look into.
  struct Counters: Equatable {
    var fragments = 0
    var wrappedFrames = 0
    /// Flows without a place, and flows whose memory the others needed.
    var flowsRefused = 0
    /// QUIC is not decrypted.
    var udpPort443 = 0
    /// Exchanges beyond ``maximumExchangeCount``.
    var exchangesLeftOut = 0
  }

  private final class Flow {
    let decrypted = DecryptedFlow()
    var up: StreamAssembler
    var down = StreamAssembler()
    var hasStarted = false
    var finished: (up: Bool, down: Bool) = (false, false)
    var heldByteCount = 0

    init(next: UInt32?) { up = StreamAssembler(next: next) }
  }

  private let log: KeyLog
  private let box: CipherBox
  private var flows: [Ends: Flow] = [:]
  private var heldByteCount = 0
  private(set) var counters = Counters()
  /// How many flows there were of each outcome.
  private(set) var outcomes: [DecryptedFlow.Outcome: Int] = [:]
  private(set) var exchanges: [(ends: Ends, exchange: Exchange)] = []

  static let maximumFlowCount = 65_536
  static let maximumExchangeCount = 1_000_000
  /// Of all flows together.
  static let maximumHeldByteCount = 256 << 20

  init(log: KeyLog, box: CipherBox) {
    self.log = log
    self.box = box
  }

  func process(_ batch: borrowing FrameBatch) {
    for index in batch.headers.indices {
      let header = batch.headers[index]
      guard let linkType = LinkType(rawValue: header.linkType) else { continue }
      // What is malformed is counted by the pipeline, which sees the same frames.
      try? take(
        batch.frame(at: index), header.originalLength, linkType, at: header.timestamp)
    }
  }

  /// The capture is over.
  func finish() {
    for (ends, flow) in flows { end(flow, ends) }
    flows = [:]
  }

  private func take(
    _ frame: RawSpan, _ originalLength: Int, _ linkType: LinkType, at time: Timestamp
  ) throws(WireError) {
    let link = try LinkHeader(parsing: frame, as: linkType)
    guard link.next == .ip else {
      if link.next != .unknown { counters.wrappedFrames += 1 }
      return
    }
    let packet = frame.extracting(link.byteCount..<frame.byteCount)
    let ip = try IPHeader(parsing: packet, originalLength: originalLength - link.byteCount)
    guard ip.fragment == nil else {
      counters.fragments += 1
      return
    }
    guard ip.headerLength <= ip.capturedEnd else { return }
    let segment = packet.extracting(ip.headerLength..<ip.capturedEnd)
    if ip.transportProtocol == 17 {
      let udp = try TransportHeader(udp: segment, length: ip.totalLength - ip.headerLength)
      if udp.sourcePort == 443 || udp.destinationPort == 443 { counters.udpPort443 += 1 }
    }
    guard ip.transportProtocol == 6 else { return }
    let header = try TransportHeader(tcp: segment, length: ip.totalLength - ip.headerLength)
    let payload = segment.extracting(
      min(header.headerLength, segment.byteCount)..<segment.byteCount)
    take(
      payload, header, source: Endpoint(address: ip.source, port: header.sourcePort),
      destination: Endpoint(address: ip.destination, port: header.destinationPort), at: time)
  }

  private func take(
    _ payload: RawSpan, _ header: TransportHeader, source: Endpoint, destination: Endpoint,
    at time: Timestamp
  ) {
    let forth = Ends(client: source, server: destination)
    let back = Ends(client: destination, server: source)
    let isSYN = header.flags.contains(.syn)
    if isSYN, !header.flags.contains(.ack) {
      if let old = flows[forth] {
        // A SYN that is sent again is no new connection.
        guard old.hasStarted else { return }
        flows[forth] = nil
        end(old, forth)
      }
      begin(forth, next: header.sequence &+ 1)
      return
    }
    let (ends, isUp) = flows[back] != nil ? (back, false) : (forth, true)
    guard let flow = flows[ends] else { return }
    if isSYN {
      if !flow.hasStarted { flow.down = StreamAssembler(next: header.sequence &+ 1) }
      return
    }
    // A RST says why it was sent, and nothing of the stream.
    if header.payloadLength > 0, !header.flags.contains(.rst) {
      flow.hasStarted = true
      segment(payload, header, flow, ends, isUp: isUp, at: time)
    }
    if header.flags.contains(.fin) {
      if isUp { flow.finished.up = true } else { flow.finished.down = true }
    }
    let isQuiet = flow.up.heldByteCount == 0 && flow.down.heldByteCount == 0
    if header.flags.contains(.rst) || (flow.finished == (true, true) && isQuiet) {
      flows[ends] = nil
      end(flow, ends)
    }
  }

  private func begin(_ ends: Ends, next: UInt32) {
    guard flows.count < Self.maximumFlowCount else {
      counters.flowsRefused += 1
      return
    }
    flows[ends] = Flow(next: next)
  }

  private func end(_ flow: Flow, _ ends: Ends) {
    // Octets that wait when all is over wait for some that never came.
    if flow.up.heldByteCount > 0 || flow.down.heldByteCount > 0 { flow.decrypted.lose() }
    flow.decrypted.finish { self.add($0, ends) }
    heldByteCount -= flow.heldByteCount
    guard flow.hasStarted else { return }
    outcomes[flow.decrypted.outcome, default: 0] += 1
  }

  private func add(_ exchange: Exchange, _ ends: Ends) {
    guard exchanges.count < Self.maximumExchangeCount else {
      counters.exchangesLeftOut += 1
      return
    }
    exchanges.append((ends, exchange))
  }

  private func segment(
    _ payload: RawSpan, _ header: TransportHeader, _ flow: Flow, _ ends: Ends, isUp: Bool,
    at time: Timestamp
  ) {
    guard !flow.decrypted.isOver else { return }
    var assembler = isUp ? flow.up : flow.down
    if isUp { flow.up = StreamAssembler() } else { flow.down = StreamAssembler() }
    let wireCount = header.payloadLength
    switch assembler.accept(sequence: header.sequence, wireCount: wireCount) {
    case .deliver(let skip):
      feed(payload, skip: skip, wireCount: wireCount, flow, ends, isUp: isUp, at: time)
    case .duplicate, .outOfWindow: break
    case .resynchronise: flow.decrypted.lose()
    case .early:
      let held = assembler.hold(
        sequence: header.sequence, bytes: payload.copied(), wireCount: wireCount)
      if held == .noRoom { flow.decrypted.lose() }
    }
    while let (segment, skip) = assembler.popReady() {
      feed(
        segment.bytes.octets, skip: skip, wireCount: segment.wireCount, flow, ends, isUp: isUp,
        at: time)
    }
    if isUp { flow.up = assembler } else { flow.down = assembler }
    account(flow)
  }

  private func feed(
    _ payload: RawSpan, skip: Int, wireCount: Int, _ flow: Flow, _ ends: Ends, isUp: Bool,
    at time: Timestamp
  ) {
    guard payload.byteCount == wireCount else {
      // The snaplen has cut it.
      flow.decrypted.lose()
      return
    }
    flow.decrypted.read(
      payload.extracting(droppingFirst: skip), isUp: isUp, at: time, log: log, box: box
    ) { self.add($0, ends) }
  }

  /// Gives a flow up when all together hold too much.
  private func account(_ flow: Flow) {
    if flow.decrypted.isOver { (flow.up, flow.down) = (StreamAssembler(), StreamAssembler()) }
    let held =
      flow.decrypted.heldByteCount + flow.up.heldByteCount + flow.down.heldByteCount
    heldByteCount += held - flow.heldByteCount
    flow.heldByteCount = held
    if heldByteCount > Self.maximumHeldByteCount {
      counters.flowsRefused += 1
      flow.decrypted.lose()
      (flow.up, flow.down) = (StreamAssembler(), StreamAssembler())
      heldByteCount -= held
      flow.heldByteCount = 0
    }
  }
}
