import API
import Catalog
import Engine
import Model

extension Wire.Volume {
    init(_ details: VolumeDetails) {
        self.init(
            name: details.name.name.text, workspace: details.name.workspace, bytes: details.bytes,
            createdAt: Wire.Time(details.created), versions: details.versions.map { Version($0) })
    }
}

extension Wire.Volume.Version {
    init(_ version: VolumeVersion) {
        self.init(
            id: version.id, key: version.key, paths: version.targets.map { "/\($0)" },
            over: version.over.rawValue, bytes: version.bytes, entries: version.entries,
            layers: Int64(version.layers.count), step: version.maker?.step, run: version.maker?.id,
            createdAt: Wire.Time(version.created), usedAt: Wire.Time(version.used))
    }
}
