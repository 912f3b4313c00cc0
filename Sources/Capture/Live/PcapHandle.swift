import CPcap
import WireFormat

/// An activated libpcap handle, non-blocking, with its filter set; closed when it goes.
@safe
struct PcapHandle: ~Copyable {
  let pointer: OpaquePointer
  /// What libpcap warned of.
  private(set) var warnings: [String] = []

  /// Opens an interface; see ``LiveInterface/init(name:options:)``.
  static func open(name: String, options: LiveOptions) throws(CaptureError) -> PcapHandle {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    // Safe: `message` has the size that libpcap asks for; the name is copied.
    guard let pointer = unsafe pcap_create(name, &message) else {
      throw CaptureError(.liveCapture, path: name, detail: text(message))
    }
    var handle = unsafe PcapHandle(taking: pointer)
    try handle.activate(name: name, options: options)
    // Safe: as above, on a handle that is open.
    guard unsafe pcap_setnonblock(pointer, 1, &message) == 0 else {
      throw CaptureError(.liveCapture, path: name, detail: text(message))
    }
    if let filter = options.filter { try handle.set(filter: filter, name: name) }
    return handle
  }

  private init(taking pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  deinit {
    unsafe pcap_close(pointer)  // Safe: the handle is open, and this is its only owner.
  }

  /// The LINKTYPE_ value of the frames.
  var linkType: UInt32 {
    // Safe: the handle is activated.
    unsafe LinkType.value(forDLT: UInt32(bitPattern: pcap_datalink(pointer)))
  }

  /// libpcap's text for the latest error.
  var latestError: String {
    // Safe: the handle is open; the text is copied at once.
    guard let text = unsafe pcap_geterr(pointer) else { return "unknown error" }
    return unsafe String(cString: text)
  }

  /// The names of the interfaces that can be listened to, in libpcap's order.
  static func interfaceNames() -> [String] {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    var list: UnsafeMutablePointer<pcap_if_t>?
    // Safe: libpcap hands over a linked list that ends in nil; names are copied before it is freed.
    guard unsafe pcap_findalldevs(&list, &message) == 0 else { return [] }
    defer { unsafe pcap_freealldevs(list) }
    var names: [String] = []
    var next = unsafe list
    while let interface = unsafe next {
      if let name = unsafe interface.pointee.name { unsafe names.append(String(cString: name)) }
      unsafe next = interface.pointee.next
    }
    return names
  }

  private mutating func activate(name: String, options: LiveOptions) throws(CaptureError) {
    // Safe throughout: the handle is created and not yet activated, when options may be set. The
    // setters fail only on activated handles, or, for the precision, where the kernel has none,
    // which is asked for afterwards.
    unsafe pcap_set_snaplen(pointer, Int32(clamping: options.validSnaplen))
    unsafe pcap_set_promisc(pointer, options.isPromiscuous ? 1 : 0)
    unsafe pcap_set_timeout(pointer, Int32(clamping: max(options.timeoutMilliseconds, 1)))
    unsafe pcap_set_buffer_size(pointer, Int32(clamping: max(options.bufferByteCount, 1 << 20)))
    unsafe pcap_set_tstamp_precision(pointer, PCAP_TSTAMP_PRECISION_NANO)
    let status = unsafe pcap_activate(pointer)
    if status > 0 {
      let explanation = latestError
      unsafe warnings.append(
        explanation.isEmpty ? String(cString: pcap_statustostr(status)) : explanation)
    }
    guard status < 0 else { return }
    switch status {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      let names = Self.interfaceNames().joined(separator: ", ")
      throw CaptureError(
        .noSuchInterface, path: name,
        detail: names.isEmpty ? "there are none" : "there are \(names)")
    case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
      throw CaptureError(
        .noPermission, path: name, detail: "capturing needs root or the capability CAP_NET_RAW")
    case PCAP_ERROR_IFACE_NOT_UP:
      throw CaptureError(.interfaceDown, path: name, detail: "bring it up first")
    case PCAP_ERROR:
      throw CaptureError(.liveCapture, path: name, detail: latestError)
    default:
      // Safe: a C string for every status.
      let text = unsafe String(cString: pcap_statustostr(status))
      throw CaptureError(.liveCapture, path: name, detail: text)
    }
  }

  /// Compiles a capture filter, hands it to `use` and frees it.
  ///
  /// libpcap knows what this interface's frames look like in the kernel, so that filters for VLANs read the tag that the
  /// kernel keeps beside the frame, and `inbound` the direction. The program's result is the snaplen.
  private func compiled<Result>(
    _ filter: String, name: String, _ use: (inout bpf_program) throws(CaptureError) -> Result
  ) throws(CaptureError) -> Result {
    // Safe: libpcap fills the program, which is freed below; it copies the filter's text.
    var program = unsafe bpf_program()
    guard unsafe pcap_compile(pointer, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
      throw CaptureError(.badFilter, path: name, detail: "\"\(filter)\": \(latestError)")
    }
    defer { unsafe pcap_freecode(&program) }
    return unsafe try use(&program)
  }

  private func set(filter: String, name: String) throws(CaptureError) {
    unsafe try compiled(filter, name: name) { program throws(CaptureError) in
      // Safe: the program was just compiled for this handle, which copies it.
      guard unsafe pcap_setfilter(pointer, &program) == 0 else {
        throw CaptureError(.liveCapture, path: name, detail: latestError)
      }
    }
  }

  /// A filter's program; the empty one takes all frames.
  func instructions(for filter: String?, name: String) throws(CaptureError) -> [bpf_insn] {
    unsafe try compiled(filter ?? "", name: name) { program throws(CaptureError) in
      // Safe: the program has `bf_len` instructions, which are copied.
      unsafe Array(UnsafeBufferPointer(start: program.bf_insns, count: Int(program.bf_len)))
    }
  }
}

/// The text that libpcap left in an error buffer.
private func text(_ buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
