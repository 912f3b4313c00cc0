import TrafficModel

extension ProfileSet {
  /// The profile whose requests a turn's is likeliest one of.
  ///
  /// Requests of a sibling dialect have its density; a profile of another family says less of them than the named one. A
  /// stream whose events could not be told apart was read with the named profile; its opening may tell it is a sibling's.
  func promptProfile(of turn: Turn, _ named: Profile, _ read: Profile) -> Profile {
    if read.id == named.id, turn.transport != .quic, turn.requestCount == 1,
      let sibling = named.siblings.lazy.compactMap({ self[$0] }).first(where: { opens(turn, $0) })
    {
      return sibling
    }
    return read.family == named.family && read.prompt != nil ? read : named
  }

  /// Whether a reply opens as the profile's do: both events in one record that is larger than most, or one after the other.
  private func opens(_ turn: Turn, _ profile: Profile) -> Bool {
    guard let opening = profile.prompt?.opening else { return false }
    let head = turn.http == .http11 ? profile.completion.head.http11 : profile.completion.head.http2
    let contents = RecordSizes(of: turn).bodyContents(headAllowance: head)
    guard contents.count >= 3 else { return false }
    let most = Self.mostOfOpening * contents[0]
    let between = contents[1..<contents.count - 1].sorted()
    if contents[0] >= 2 * opening.least { return between[between.count / 2] <= most }
    guard contents.count >= 4, contents[0] >= Self.leastOfLeast * opening.least else {
      return false
    }
    let growth = contents[1] - contents[0] - opening.growth
    return growth.magnitude <= Self.growthSlack && contents[2...].contains { $0 <= most }
  }

  /// Other events are smaller than the opening ones by this at least: else the records are flushes of many events.
  private static let mostOfOpening = 0.45
  /// The length of an identifier may differ from what was recorded.
  private static let leastOfLeast = 0.95
  private static let growthSlack = 2.0
}
