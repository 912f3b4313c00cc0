extension Profile {
  /// The calibration card, as `gnomon profiles` prints it.
  package var cardText: String { ProfileSet.card(self) }
}
