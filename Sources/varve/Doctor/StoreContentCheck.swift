import API
import Glibc
import Model
import Repair

/// Whether a store's catalog, layers and records agree, and what to do where they do not; mends it when asked.
struct StoreContentCheck: Check {
    let name = "store"
    let path: String
    let runtime: RuntimeDirectory
    let isRepair: Bool

    func findings() async -> [Wire.Finding] {
        guard geteuid() == 0 else {
            return failure("what is in \(path) is looked at by root only", fix: "run ‘varve doctor’ as root")
        }
        do throws(Failure) {
            return try await CheckupNarration().during { (note) async throws(Failure) in
                var checkup = try StoreCheckup(of: path, repair: isRepair, runtime: runtime, note: note)
                return try await checkup.run().map(Wire.Finding.init)
            }
        } catch {
            return failure("\(error.detail) (\(error.code.rawValue))", fix: error.fix)
        }
    }
}

extension Wire.Finding {
    init(_ finding: StoreFinding) {
        let status: Wire.Finding.Status =
            switch finding.severity {
            case .fine: .ok
            case .warning: .warning
            case .failed: .failed
            }
        self.init(check: finding.check, status: status, detail: finding.detail, fix: finding.fix)
    }
}
