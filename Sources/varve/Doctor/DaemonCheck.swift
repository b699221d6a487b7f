import API
import Client
import Model

/// Whether the daemon answers, fits this client, and finds nothing wrong with itself.
struct DaemonCheck: Check {
    let name = "daemon"
    let client: VarveClient

    func findings() async -> [Wire.Finding] {
        do {
            let info = try await client.info()
            let health = try await client.health()
            return version(info) + health.findings.filter { $0.status != .ok }
        } catch let failure as Failure {
            return self.failure("\(failure.detail) (\(failure.code.rawValue))", fix: failure.fix)
        } catch {
            return failure("\(error)", fix: "see journalctl -u varved")
        }
    }

    private func version(_ info: Wire.Info) -> [Wire.Finding] {
        guard info.apiVersions.contains("v1") else {
            return failure(
                "varved \(info.version) does not speak this client's language",
                fix: "use varve and varved of one version")
        }
        guard info.version == Version.current else {
            return warning(
                "varved is \(info.version), this client \(Version.current)",
                fix: "restart varved after an upgrade, or use programs of one version")
        }
        return fine("varved \(info.version) on \(info.store) answers at \(client.socket)")
    }
}
