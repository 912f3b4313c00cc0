import Foundation
import TrafficModel
import WireFormat

/// The truth beside a capture of a labelled set: what is known of its turns.
struct CalibrateTruth {
  /// `real`, `recorded` or `synthetic`; nil where it does not say.
  var kind: String?
  var known: [KnownUsage]

  /// A longer file is none that is made by hand or by a lab.
  private static let maximumByteCount = 512 << 20

  /// - Throws: ``AgentError`` naming the file, and the place in it where that is known.
  init(path: String) throws(AgentError) {
    let file: File
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
      guard data.count <= Self.maximumByteCount else {
        throw AgentError("\(path): more than 512 MiB", status: .dataError)
      }
      file = try JSONDecoder().decode(File.self, from: data)
    } catch let error as AgentError {
      throw error
    } catch let error as DecodingError {
      throw AgentError("\(path): \(Self.text(error))", status: .dataError)
    } catch {
      throw AgentError("\(path): \(SystemMessage.of(error))", status: .noInput)
    }
    kind = file.kind
    known = []
    for (number, turn) in file.turns.enumerated() {
      guard let client = turn.client.endpoint, let server = turn.server.endpoint,
        let start = Self.time(turn.start), let end = Self.time(turn.end), start <= end
      else {
        throw AgentError(
          "\(path): turns[\(number)]: expected addresses with ports, and a start before the end",
          status: .dataError)
      }
      var usage = KnownUsage(
        ends: .init(client: client, server: server), start: start, end: end)
      if let stated = turn.usage {
        usage.prompt = stated.promptTotal
        usage.completion = stated.completionVisible
      }
      usage.requestBodyByteCount = turn.requestBodyByteCount
      usage.promptIsElsewhere = turn.images ?? false
      usage.isWhole = turn.cut == nil
      known.append(usage)
    }
  }

  private static func time(_ seconds: Double) -> Timestamp? {
    guard seconds.isFinite, seconds.magnitude < 9e9 else { return nil }
    return Timestamp(nanoseconds: Int64(seconds * 1e9))
  }

  private static func text(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.reduce("") { text, key in
        text + (key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue)
      }
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])): expected, and not there"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      return "\(place(context.codingPath)): expected \(type)"
    case .dataCorrupted(let context):
      let detail = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
      return "\(place(context.codingPath)): \(detail ?? context.debugDescription)"
    @unknown default: return "expected the form of a labelled set"
    }
  }

  private struct File: Decodable {
    var kind: String?
    var turns: [Turn]
  }

  private struct Turn: Decodable {
    var start: Double
    var end: Double
    var client: Place
    var server: Place
    var images: Bool?
    var requestBodyByteCount: Int?
    var cut: String?
    var usage: Usage?

    enum CodingKeys: String, CodingKey {
      case start, end, client, server, images, cut, usage
      case requestBodyByteCount = "request_body_bytes"
    }
  }

  private struct Usage: Decodable {
    var promptTotal: Int?
    var completionVisible: Int?

    enum CodingKeys: String, CodingKey {
      case promptTotal = "prompt_total"
      case completionVisible = "completion_visible"
    }
  }

  /// `["10.20.0.11", 40112]`.
  private struct Place: Decodable {
    var endpoint: Endpoint?

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      let address = try list.decode(String.self)
      let port = try list.decode(UInt16.self)
      endpoint = IPAddress(address).map { Endpoint(address: $0, port: port) }
    }
  }
}
