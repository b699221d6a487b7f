/// What there is to say of a step's volumes, for who is told no events.
package struct VolumeReport: Hashable, Sendable, Codable {
    package var volumes: [Event.StepVolume] = []
    package var warnings: [Warning] = []

    package init() {}

    /// - Parameter events: others than of volumes and warnings are left out.
    package init(_ events: [Event.Kind]) {
        for event in events {
            switch event {
            case .stepVolume(let volume): volumes.append(volume)
            case .warning(let code, let detail): warnings.append(Warning(code: code, detail: detail))
            default: break
            }
        }
    }
}
