import Foundation

/// Keeps what is in memory from reaching a disk when the process dies: an open turn holds sizes and times of single
/// records, and those betray topics.
package enum CoreDumps {
  /// No core file; and where the kernel hands dumps to a program, which the limit does not stop, none of the memory is
  /// in them (core(5)). Nor does Swift's own backtracer run: it prints what registers point to, and what a service
  /// prints a journal keeps.
  package static func forbid() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    // Safe: the structure outlives the call. Lowering a limit cannot fail.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    for crash in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(crash, SIG_DFL) }
    try? Data("0".utf8).write(to: URL(fileURLWithPath: "/proc/self/coredump_filter"))
  }
}
