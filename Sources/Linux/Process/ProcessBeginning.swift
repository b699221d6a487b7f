/// When a process began: its number may be another one's later, both together are not.
package enum ProcessBeginning {
    /// In clock ticks since the machine was started, as text; nil for a process that is not there. Blocks.
    ///
    /// Source: `starttime` of `/proc/PID/stat`, proc_pid_stat(5).
    package static func ticks(of pid: Int32) -> String? {
        guard let bytes = try? Descriptor.openFile("/proc/\(pid)/stat").readAll(limit: 1 << 16) else {
            return nil
        }
        // The name of the program, in parentheses, may have any bytes in it.
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        guard let fields, fields.count > 19 else { return nil }
        return String(fields[19])
    }
}
