import Foundation
import Images
import Linux
import Model
import TestSupport

/// An OCI layout put together blob by blob, so that it can say what no program would write.
final class LayoutBuilder {
    struct Layer {
        var descriptor: [String: any Sendable]
        var diffID: String
    }

    private let scratch: Scratch
    private let name: String
    private(set) var manifests: [[String: any Sendable]] = []

    static let manifestType = "application/vnd.oci.image.manifest.v1+json"
    static let indexType = "application/vnd.oci.image.index.v1+json"
    static let configurationType = "application/vnd.oci.image.config.v1+json"

    init(_ scratch: Scratch, _ name: String = "layout") throws {
        self.scratch = scratch
        self.name = name
        try scratch.shell(
            "mkdir -p \(name)/blobs/sha256; echo '{\"imageLayoutVersion\":\"1.0.0\"}' > \(name)/oci-layout")
    }

    /// Puts a blob down; its descriptor.
    func blob(_ bytes: [UInt8], type: String, platform: [String: String]? = nil) throws -> [String:
        any Sendable]
    {
        let digest = Digest(of: bytes).hex
        try scratch.write("\(name)/blobs/sha256/\(digest)", bytes)
        var descriptor: [String: any Sendable] = [
            "mediaType": type, "digest": "sha256:\(digest)", "size": bytes.count,
        ]
        if let platform { descriptor["platform"] = platform }
        return descriptor
    }

    func document(
        _ content: [String: any Sendable], type: String, platform: [String: String]? = nil
    ) throws -> [String: any Sendable] {
        try blob(Array(JSONSerialization.data(withJSONObject: content)), type: type, platform: platform)
    }

    /// A layer with an archive, packed by a command that reads it from its input.
    func layer(_ archive: [UInt8], packedBy command: String = "cat") throws -> Layer {
        try scratch.write("\(name).layer", archive)
        try scratch.shell("\(command) < \(name).layer > \(name).packed")
        return Layer(
            descriptor: try blob(
                scratch.read("\(name).packed"), type: "application/vnd.oci.image.layer.v1.tar"),
            diffID: "sha256:\(Digest(of: archive).hex)")
    }

    func layer(packedBy command: String = "cat", _ fill: (inout TarBuilder) -> Void) throws -> Layer {
        var tar = TarBuilder()
        fill(&tar)
        return try layer(tar.finished, packedBy: command)
    }

    /// An image of layers; its manifest's descriptor.
    func image(
        _ layers: [Layer], diffIDs: [String]? = nil, architecture: String = ImagePlatform.host.architecture,
        configuration: [String: any Sendable] = [:],
        configurationType: String = LayoutBuilder.configurationType,
        platform: [String: String]? = nil
    ) throws -> [String: any Sendable] {
        let configuration = try document(
            [
                "architecture": architecture, "os": "linux", "config": configuration,
                "rootfs": ["type": "layers", "diff_ids": diffIDs ?? layers.map(\.diffID)]
                    as [String: any Sendable],
            ], type: configurationType)
        return try document(
            [
                "schemaVersion": 2, "mediaType": LayoutBuilder.manifestType, "config": configuration,
                "layers": layers.map(\.descriptor),
            ], type: LayoutBuilder.manifestType, platform: platform)
    }

    func index(_ manifests: [[String: any Sendable]]) throws -> [String: any Sendable] {
        try document(["schemaVersion": 2, "manifests": manifests], type: LayoutBuilder.indexType)
    }

    func add(_ descriptor: [String: any Sendable], tag: String? = nil) throws {
        var descriptor = descriptor
        if let tag { descriptor["annotations"] = ["org.opencontainers.image.ref.name": tag] }
        manifests.append(descriptor)
        let index: [String: any Sendable] = ["schemaVersion": 2, "manifests": manifests]
        try scratch.write("\(name)/index.json", Array(JSONSerialization.data(withJSONObject: index)))
    }

    func open() throws -> SharedDirectory { try scratch.shared(name) }
}
