/// Everything the operator decides, each with one name in the configuration file and as a flag.
///
/// `keep_runs` in the file is `--keep-runs` on the command line, which wins.
enum Setting: String, CaseIterable, Hashable, Sendable {
    case store, socket, group
    case adminGroups = "admin_groups"
    case runtimeDirectory = "runtime_directory"
    case runtime
    case networkHelper = "network_helper"
    case seccompProfile = "seccomp_profile"
    case defaultImage = "default_image"
    case jobs
    case maximumRuns = "max_runs"
    case keepRuns = "keep_runs"
    case keepRevisions = "keep_revisions"
    case logLimit = "log_limit"
    case processLimit = "pids_limit"
    case diskLimit = "disk_limit"
    case diskBudget = "disk_budget"
    case diskWarning = "disk_warning"
    case diskHigh = "disk_high"
    case diskLow = "disk_low"
    case diskReserve = "disk_reserve"
    case diskWait = "disk_wait_seconds"
    case volumeSize = "volume_size"
    case volumeAge = "volume_age_days"
    case logLevel = "log_level"

    /// One line for `--help` and the comments of `--print-config`.
    var summary: String {
        switch self {
        case .store: "Directory of the store, mode 0700"
        case .socket: "Path of the Unix socket"
        case .group: "Group that may use the socket"
        case .adminGroups: "Groups whose members are admins, as root is"
        case .runtimeDirectory: "Directory of mount points, bundles and passed values; should be a tmpfs"
        case .runtime: "OCI runtime: a name found in PATH, or a path"
        case .networkHelper: "Program that gives ‘network: private’ its way out"
        case .seccompProfile: "Seccomp profile of steps, as container engines have it"
        case .defaultImage: "Image of steps that name none"
        case .jobs: "Steps of one run at once, unless the run says otherwise"
        case .maximumRuns: "Runs at once"
        case .keepRuns: "Ended runs that keep their events"
        case .keepRevisions: "Revisions of a workspace that are kept"
        case .logLimit: "What a step may write to its output, unless its limits say otherwise"
        case .processLimit: "Processes of a step, unless its limits say otherwise"
        case .diskLimit:
            "What a step may write to the disk, unless its limits say otherwise; 0 for any amount"
        case .diskBudget: "What the store may take of its file system; 0 for all of it"
        case .diskWarning: "Percent of the disk or the budget from which on it is said"
        case .diskHigh: "Percent above which snapshots are collected"
        case .diskLow: "Percent down to which they are"
        case .diskReserve: "What must be free for new steps; of a small disk, a twentieth of it"
        case .diskWait: "How long a new step waits for that, in seconds"
        case .volumeSize: "What the versions of one cache volume may take; 0 for any amount"
        case .volumeAge: "Days after which a version of a cache volume that nobody used is removed"
        case .logLevel: "trace, debug, info, notice, warning, error or critical"
        }
    }

    /// What is written in the file and on the command line.
    var kind: Kind {
        switch self {
        case .store, .socket, .group, .runtimeDirectory, .runtime, .networkHelper, .seccompProfile,
            .defaultImage,
            .logLevel:
            .text
        case .adminGroups: .list
        case .jobs, .maximumRuns: .integer(1...10_000)
        case .keepRuns, .keepRevisions: .integer(1...1_000_000)
        case .processLimit: .integer(1...4_194_304)
        case .diskWarning, .diskHigh, .diskLow: .integer(1...100)
        case .diskWait: .integer(0...86_400)
        case .volumeAge: .integer(1...36_500)
        case .logLimit, .diskLimit, .diskBudget, .diskReserve, .volumeSize: .size
        }
    }

    /// Whether the setting counts as soon as the configuration is read anew; others count from the next start on.
    var isReloadable: Bool {
        switch self {
        case .defaultImage, .jobs, .maximumRuns, .keepRuns, .keepRevisions, .logLimit, .processLimit,
            .diskLimit, .diskBudget, .diskWarning, .diskHigh, .diskLow, .diskReserve, .diskWait,
            .volumeSize, .volumeAge, .logLevel:
            true
        case .store, .socket, .group, .adminGroups, .runtimeDirectory, .runtime, .networkHelper,
            .seccompProfile:
            false
        }
    }

    enum Kind: Sendable {
        case text, list
        case integer(ClosedRange<Int64>)
        /// A number of bytes, or text such as `2GiB`.
        case size
    }
}
