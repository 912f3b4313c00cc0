import Foundation
import Glibc

/// Another program, started with no signal blocked and nothing but its standard output shared.
enum Tool {
  /// Starts it and returns its process id.
  static func start(_ path: String, _ arguments: [String]) throws -> pid_t {
    // Safe: the attributes, actions and strings live until they are destroyed or freed after the call that reads them.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var noSignals = sigset_t()
    unsafe sigemptyset(&noSignals)
    unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

    var strings = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, path, &actions, &attributes, &strings, environ)
    guard status == 0 else { throw POSIXError(POSIXErrorCode(rawValue: status) ?? .EINVAL) }
    return process
  }

  /// Waits for its end, and throws when it did not end well.
  static func run(_ path: String, _ arguments: [String]) throws {
    guard wait(try start(path, arguments)) == 0 else { throw CocoaError(.featureUnsupported) }
  }

  @discardableResult
  static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = -1
    // Safe: waitpid writes to the one integer during the call.
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }
}
