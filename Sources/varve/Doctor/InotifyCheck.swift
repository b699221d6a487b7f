import API
import Foundation

/// Whether the daemon gets as many inotify instances as many steps at once need.
struct InotifyCheck: Check {
    let name = "inotify"
    var file = "/proc/sys/fs/inotify/max_user_instances"

    /// A step takes three: for its two overlays and its log.
    private static let perStep = 3
    private static let enough = 512

    func findings() async -> [Wire.Finding] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8),
            let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else {
            return warning("\(file) cannot be read", fix: "mount /proc: mount -t proc proc /proc")
        }
        guard limit >= Self.enough else {
            return warning(
                "fs.inotify.max_user_instances is \(limit): no more than \(limit / Self.perStep) steps at once",
                fix: "sysctl fs.inotify.max_user_instances=1024, and a file in /etc/sysctl.d that says so")
        }
        return fine("\(limit) instances for each user")
    }
}
