import API
import Catalog
import Engine
import Images
import Model

extension Wire.Image {
    init(_ details: ImageDetails) {
        let image = details.image
        self.init(
            name: details.name.name.text, digest: image.digest, isShared: details.name.scope == nil,
            platform: image.configuration.platform, user: image.configuration.user,
            env: image.configuration.environment,
            layers: image.layers.map { Layer(diffID: $0.diffID, bytes: $0.bytes) },
            bytes: image.layers.reduce(0) { $0 + $1.bytes }, createdAt: Wire.Time(details.name.created))
    }
}

extension Wire.ImportProgress {
    init(_ progress: ImageProgress) {
        let phase: Phase =
            switch progress.stage {
            case .fetching: .fetching
            case .unpacking: .unpacking
            }
        self.init(phase: phase, bytes: progress.bytes, total: progress.total)
    }
}
