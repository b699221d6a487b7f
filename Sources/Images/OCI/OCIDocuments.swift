import FoundationEssentials
import Model

/// A list of images: the entry point of a layout, or the variants of one image.
struct OCIIndex: Decodable {
    var mediaType: String?
    var manifests: [OCIDescriptor]
}

/// One image: its configuration and its layers, the lowest first.
struct OCIManifest: Decodable {
    var mediaType: String?
    var config: OCIDescriptor
    var layers: [OCIDescriptor]
}

/// What an image is made of and how it wants to be run.
struct OCIConfiguration: Decodable {
    struct RootFileSystem: Decodable {
        var diffIDs: [String]

        enum CodingKeys: String, CodingKey { case diffIDs = "diff_ids" }
    }

    struct Execution: Decodable {
        var environment: [String]?
        var user: String?
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey {
            case environment = "Env"
            case user = "User"
            case labels = "Labels"
        }
    }

    var architecture: String
    var os: String
    var config: Execution?
    var rootfs: RootFileSystem
}

/// What `docker save` puts beside the files of its images.
struct DockerManifest: Decodable {
    var config: String
    var tags: [String]?
    var layers: [String]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case tags = "RepoTags"
        case layers = "Layers"
    }
}

extension Decodable {
    /// - Throws: `image-invalid` with the place in the document.
    init(imageDocument bytes: [UInt8], _ name: String) throws(Failure) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw Failure.image("\(name) is not what it should be: \(error.place)")
        } catch {
            throw Failure.image("\(name) is no JSON: \(error)")
        }
    }
}

extension DecodingError {
    /// The reason and the path in the document, without Swift's types.
    fileprivate var place: String {
        func at(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = context.codingPath + (last.map { [$0] } ?? [])
            let path = keys.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
            return "at ‘\(path.isEmpty ? "." : path)’"
        }
        return switch self {
        case .keyNotFound(let key, let context): "a member is missing \(at(context, key))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "wrong type of value \(at(context))"
        case .dataCorrupted(let context): "\(context.debugDescription) \(at(context))"
        @unknown default: "it can't be read"
        }
    }
}
