internal import ProviderRules
package import RecordStore
internal import WireFormat

/// One record as a syslog message (RFC 5424).
///
///     <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG
///
/// Facility local0; severity by verdict: warning for unapproved, notice for unknown, informational otherwise. The time
/// is the end of the record's window, the host name the sensor's, cut at 64 octets. There is no structured data, and no byte order
/// mark before the message: readers of CEF and JSON do not expect one (RFC 5424, 6.4, allows MSG-ANY).
package struct SyslogMessage {
  package let text: String

  package init(_ line: String, about record: UsageRecord, processID: Int32) {
    let priority = 16 * 8 + Self.severity(record)
    let sensor = Self.printable(record.sensor, limit: 64)
    let time = UTCText(record.windowEnd).rfc3339
    text = "<\(priority)>1 \(time) \(sensor) gnomon \(processID) record - \(line)"
  }

  /// Octets that the largest header takes: priority and version 6, time 24, host name 64, application 6, process 11,
  /// message id 6, nil data 1, spaces 7; rounded up.
  static let maximumHeaderLength = 130

  private static func severity(_ record: UsageRecord) -> Int {
    guard record.isUse else { return 6 }
    return switch record.verdict {
    case .unapproved: 4
    case .unknown: 5
    case .tolerated, .approved: 6
    }
  }

  /// The field in PRINTUSASCII (33–126); `-` for an empty one.
  private static func printable(_ text: String, limit: Int) -> String {
    let scalars = text.unicodeScalars.prefix(limit).map { scalar -> Character in
      (33...126).contains(scalar.value) ? Character(scalar) : "_"
    }
    return scalars.isEmpty ? "-" : String(scalars)
  }
}
