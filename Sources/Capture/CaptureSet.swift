import Glibc
import WireFormat

/// The captures that a user names, in the order in which they are to be read.
package struct CaptureSet: Equatable, Sendable {
  /// Files, and `-` for standard input.
  package let paths: [String]
  /// One line for each file in a folder that is left out, and why.
  package let notes: [String]

  /// Files stay in the order given, `-` stays; a folder becomes the captures in it, by the time of
  /// their first frame (those without one last, by name). Folders within it are not searched, and
  /// hidden files are not looked at.
  ///
  /// - Throws: ``CaptureError/Kind/unreadable`` for a path that is not there or a folder that
  ///   cannot be listed, ``CaptureError/Kind/notACapture`` for a folder without captures.
  package static func expand(paths: [String]) throws(CaptureError) -> CaptureSet {
    var expanded: [String] = []
    var notes: [String] = []
    for path in paths {
      if path != "-", try FileKind(of: path) == .folder {
        expanded += try captures(inFolder: path, notes: &notes)
      } else {
        expanded.append(path)
      }
    }
    return CaptureSet(paths: expanded, notes: notes)
  }

  private static func captures(
    inFolder folder: String, notes: inout [String]
  ) throws(CaptureError) -> [String] {
    var found: [(start: Timestamp?, path: String)] = []
    for name in try names(inFolder: folder) where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      do throws(CaptureError) {
        switch try FileKind(of: path) {
        case .regular: found.append((try CaptureFile.firstTimestamp(path: path), path))
        case .folder: notes.append("\(path): left out: a folder within a folder is not searched")
        case .other: notes.append("\(path): left out: not a regular file")
        }
      } catch {
        notes.append("left out: \(error)")
      }
    }
    guard !found.isEmpty else {
      throw CaptureError(.notACapture, path: folder, detail: "the folder holds no capture")
    }
    found.sort { one, other in
      switch (one.start, other.start) {
      case (let start?, let otherStart?) where start != otherStart: start < otherStart
      case (_?, nil): true
      case (nil, _?): false
      default: one.path < other.path
      }
    }
    return found.map(\.path)
  }

  private static func names(inFolder folder: String) throws(CaptureError) -> [String] {
    // Safe: the stream is closed below, and each entry is copied before the next is asked for.
    guard let stream = unsafe opendir(folder) else {
      throw CaptureError(.unreadable, path: folder, detail: systemText(errno))
    }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        // Safe: readdir ends the name with a zero octet within d_name.
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      names.append(name)
    }
    return names
  }
}

/// What a path leads to.
private enum FileKind {
  case regular, folder, other

  init(of path: String) throws(CaptureError) {
    var status = stat()
    // Safe: the structure outlives the call.
    guard unsafe stat(path, &status) == 0 else {
      throw CaptureError(.unreadable, path: path, detail: systemText(errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .folder
    case S_IFREG: self = .regular
    default: self = .other
    }
  }
}
