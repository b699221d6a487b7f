import API
import ArgumentParser
import Client
import Model

/// `varve doctor`: looks at the host and the daemon, and says what to do about each finding.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check kernel, overlay, runtime, space, permissions, and a store.",
        discussion: "Exit status 1 if something does not work.")

    @Option(
        help: ArgumentHelp(
            "Look at what is in the store in this directory (default: only at the directory of the daemon's).",
            valueName: "dir"),
        completion: .directory)
    var store: String?

    @Option(
        help: ArgumentHelp("The daemon's runtime directory, if it is set.", valueName: "dir"),
        completion: .directory)
    var runtimeDirectory = RuntimeDirectory.standard.path

    @Flag(help: "Mend what is wrong in the store; the daemon must not run.")
    var repair = false

    @OptionGroup(title: "Global options") var global: GlobalOptions

    func validate() throws {
        if repair, store == nil {
            throw ValidationError("--repair needs the store's directory: --store DIR")
        }
    }

    func run() async throws {
        let client = global.client
        let style = global.style(for: .output)
        var worst = Wire.Finding.Status.ok
        for check in await checks(client) {
            for finding in await check.findings() {
                worst = max(worst, finding.status)
                switch global.format {
                case .json: try JSONOutput.write(finding)
                case .human: try StandardStream.output.write(Self.text(finding, style))
                }
            }
        }
        if worst == .failed { throw ExitCode(1) }
    }

    private func checks(_ client: VarveClient) async -> [any Check] {
        // Of a store that is being mended nothing else matters, and its daemon does not run.
        if repair, let store { return [contentCheck(of: store)] }
        let info = try? await client.info()
        let content = store.map { [contentCheck(of: $0)] } ?? []
        return [KernelCheck(), CgroupCheck(), InotifyCheck()] + ProgramCheck.all(for: info?.host ?? [:])
            + [StoreCheck(path: store ?? info?.store ?? "/var/lib/varve")] + content
            + [DaemonCheck(client: client), MountViewCheck(host: info?.host ?? [:])]
    }

    private func contentCheck(of store: String) -> StoreContentCheck {
        StoreContentCheck(path: store, runtime: RuntimeDirectory(runtimeDirectory), isRepair: repair)
    }

    /// One line, and one more for a remedy.
    static func text(_ finding: Wire.Finding, _ style: Style) -> String {
        let mark =
            switch finding.status {
            case .ok: style.done
            case .warning: style.warning
            case .failed: style.failed
            }
        let line = "\(mark) \(DisplayText.pad(finding.check, 10)) \(finding.detail)\n"
        return line + (finding.fix.map { "             fix: \($0)\n" } ?? "")
    }
}
