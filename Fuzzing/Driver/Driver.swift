import CLibFuzzer
import FuzzTargets
import Glibc

/// `gnomon-fuzz --target=NAME [libFuzzer's flags] [FOLDER…]`: feeds one target. libFuzzer passes over flags that begin
/// with two dashes, and hands them on to the processes that it starts.
@main
enum Driver {
  /// Set once, before the first input.
  nonisolated(unsafe) private static var target: (any FuzzTarget)?

  static func main() {
    let arguments = CommandLine.arguments
    if arguments.contains("--list") {
      for type in FuzzTargets.all { print(type.name, type.maximumByteCount) }
      return
    }
    let flag = arguments.first { $0.hasPrefix("--target=") }
    let name = flag.map { $0.dropFirst(9) } ?? ""
    guard let type = FuzzTargets.all.first(where: { $0.name == name }) else {
      fail("gnomon-fuzz: --target=NAME is needed; --list shows the names\n", status: 64)
    }
    unsafe target = type.init()
    var count = CommandLine.argc
    // Safe: the process's own arguments, which live as long as it does.
    var values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
    let status = unsafe LLVMFuzzerRunDriver(&count, &values) { octets, count in
      // Safe: libFuzzer's buffer has `count` octets and stays until this function returns.
      unsafe Driver.take(UnsafeRawBufferPointer(start: octets, count: count))
      return 0
    }
    exit(status)
  }

  private static func take(_ input: UnsafeRawBufferPointer) {
    do throws(Broken) {
      unsafe try target?.take(input.bytes)
    } catch {
      fail("gnomon-fuzz: broken property: \(error.property)\n", status: nil)
    }
  }

  /// Ends the process; without a status by a signal, which libFuzzer takes for a finding.
  private static func fail(_ message: String, status: Int32?) -> Never {
    // Safe: the text is passed as a C string that lives through the call and has as many octets.
    unsafe _ = write(STDERR_FILENO, message, message.utf8.count)
    guard let status else { abort() }
    exit(status)
  }
}
