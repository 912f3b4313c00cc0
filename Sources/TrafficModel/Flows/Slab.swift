/// Places for the objects of flows that need more than their table entry, reused without allocating.
struct Slab<Element: AnyObject> {
  private(set) var elements: ContiguousArray<Element?> = []
  private var free: ContiguousArray<UInt32> = []
  let capacity: Int
  private(set) var count = 0

  init(capacity: Int) { self.capacity = capacity }

  /// - Returns: the place, or nil when all are taken.
  mutating func insert(_ element: Element) -> UInt32? {
    guard count < capacity else { return nil }
    count += 1
    if let place = free.popLast() {
      elements[Int(place)] = element
      return place
    }
    elements.append(element)
    return UInt32(elements.count - 1)
  }

  subscript(place: UInt32) -> Element? { elements[Int(place)] }

  mutating func remove(_ place: UInt32) -> Element? {
    let element = elements[Int(place)]
    elements[Int(place)] = nil
    free.append(place)
    count -= 1
    return element
  }
}
