private import CPrefetch

extension ContiguousArray {
  /// Asks for the line of the processor's cache in which the element at `index` begins: a table that does not fit the cache
  /// is asked for early, and looked at when its line has come.
  @inline(__always)
  func prefetch(_ index: Int) {
    guard index >= 0, index < count else { return }
    // Safe: nothing is read or written, and the address lies within the array.
    unsafe withUnsafeBufferPointer { elements in
      guard let first = elements.baseAddress else { return }
      unsafe gnomon_prefetch(first + index)
    }
  }

  /// The first element that begins a line of the processor's cache, of the first eight.
  var indexOfLine: Int {
    // Safe: only the address is looked at.
    unsafe withUnsafeBufferPointer { elements in
      let address = UInt(bitPattern: elements.baseAddress)
      let missing = Int((0 &- address) & 63)
      let stride = MemoryLayout<Element>.stride
      return missing % stride == 0 ? Swift.min(missing / stride, 7) : 0
    }
  }
}
