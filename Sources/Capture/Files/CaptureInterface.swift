import WireFormat

/// What a pcapng section says about one of its interfaces (Interface Description Block).
struct CaptureInterface {
  /// How a timestamp's ticks become nanoseconds (`if_tsresol`).
  enum Resolution: Equatable {
    /// 10^-n s with n ≤ 9: so many nanoseconds per tick.
    case nanosecondsPerTick(UInt64)
    /// 10^-n s with n > 9: so many ticks per nanosecond.
    case ticksPerNanosecond(UInt64)
    /// 2^-n s.
    case binaryFraction(Int)
  }

  let linkType: UInt32
  /// 0 where the frames are not cut.
  let snaplen: UInt32
  var resolution = Resolution.nanosecondsPerTick(1000)
  /// `if_tsoffset`: seconds to add to every timestamp.
  var offsetSeconds: Int64 = 0
  /// The latest `isb_ifdrop` and `isb_osdrop`.
  var droppedByInterface: UInt64 = 0
  var droppedByKernel: UInt64 = 0

  init(linkType: UInt32, snaplen: UInt32) {
    self.linkType = linkType
    self.snaplen = snaplen
  }

  /// The time that `ticks` stand for; saturates where nanoseconds in 64 bits end.
  func timestamp(ticks: UInt64) -> Timestamp {
    let nanoseconds: Int64
    switch resolution {
    case .nanosecondsPerTick(let factor):
      let (product, overflow) = ticks.multipliedReportingOverflow(by: factor)
      nanoseconds = overflow ? .max : Int64(clamping: product)
    case .ticksPerNanosecond(let divisor):
      nanoseconds = Int64(clamping: ticks / divisor)
    case .binaryFraction(let bits):
      nanoseconds = Int64(clamping: (UInt128(ticks) * 1_000_000_000) >> UInt128(bits))
    }
    return offsetSeconds == 0
      ? Timestamp(nanoseconds: nanoseconds)
      : Timestamp(seconds: offsetSeconds, nanoseconds: nanoseconds)
  }
}

extension CaptureInterface.Resolution {
  /// The value of `if_tsresol`: the highest bit set means a power of two, the rest is the negated
  /// exponent.
  init(optionValue: UInt8) {
    let exponent = Int(optionValue & 0x7f)
    if optionValue & 0x80 != 0 {
      self = .binaryFraction(exponent)
    } else if exponent <= 9 {
      self = .nanosecondsPerTick(Self.powerOfTen(9 - exponent))
    } else {
      // 10^19 is the largest that fits; with finer ticks every 64-bit number of them is less than 2
      // ns.
      self = .ticksPerNanosecond(Self.powerOfTen(min(exponent - 9, 19)))
    }
  }

  private static func powerOfTen(_ exponent: Int) -> UInt64 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}
