/// The version of this gnomon, as `--version` and exports say it; CHANGELOG.md tells what is in it.
package enum Version {
  package static let current = "0.2.0"
}
