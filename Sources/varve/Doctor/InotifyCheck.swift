import API
import Foundation

/// Whether the kernel lets the daemon watch as many files as many steps at once need.
struct InotifyCheck: Check {
    let name = "inotify"
    /// Where the limits of each user are.
    var folder = "/proc/sys/fs/inotify"

    /// The daemon takes two, and shares what root has with everything else that watches files.
    private static let enoughInstances = 64
    /// A step takes three: for its two overlays and its log.
    private static let perStep = 3
    private static let enoughWatches = 4096

    func findings() async -> [Wire.Finding] {
        guard let instances = limit("max_user_instances"), let watches = limit("max_user_watches") else {
            return warning(
                "the limits in \(folder) cannot be read", fix: "mount /proc: mount -t proc proc /proc")
        }
        guard instances >= Self.enoughInstances else {
            return warning(
                "fs.inotify.max_user_instances is \(instances): the daemon needs two, and may get none",
                fix: "sysctl fs.inotify.max_user_instances=1024, and a file in /etc/sysctl.d that says so")
        }
        guard watches >= Self.enoughWatches else {
            return warning(
                "fs.inotify.max_user_watches is \(watches): no more than \(watches / Self.perStep) steps at once",
                fix: "sysctl fs.inotify.max_user_watches=524288, and a file in /etc/sysctl.d that says so")
        }
        return fine("\(instances) instances and \(watches) watches for each user")
    }

    private func limit(_ name: String) -> Int? {
        guard let text = try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) else { return nil }
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
