import Foundation

/// What the operating system says of an error, in few words.
enum SystemMessage {
  static func of(_ error: any Error) -> String {
    guard let code = code(of: error) else { return (error as NSError).localizedDescription }
    return of(errno: code)
  }

  static func of(errno number: Int32) -> String {
    // Safe: strerror has a terminated string for every number, copied here.
    unsafe String(cString: strerror(number))
  }

  static func isBrokenPipe(_ error: any Error) -> Bool { code(of: error) == EPIPE }

  private static func code(of error: any Error) -> Int32? {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    let posix = underlying ?? (error as NSError)
    if posix.domain == NSPOSIXErrorDomain { return Int32(posix.code) }
    return switch (error as? CocoaError)?.code {
    case .fileNoSuchFile?, .fileReadNoSuchFile?: ENOENT
    case .fileReadNoPermission?, .fileWriteNoPermission?: EACCES
    case .fileWriteFileExists?: EEXIST
    case .fileWriteOutOfSpace?: ENOSPC
    case .fileWriteVolumeReadOnly?: EROFS
    default: nil
    }
  }
}
