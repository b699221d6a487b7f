import Foundation
import Testing

/// A pipeline as `harmont` renders it, with only its image and some commands replaced, so that it needs no network.
///
/// Structure, policies, keys and environment are those of the samples that the reader of pipelines is tested
/// with.
struct SamplePipeline {
    private(set) var text: String

    init(_ name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let sample = root.appending(path: "Tests/PipelinesTests/Samples/\(name).json")
        text = try String(contentsOf: sample, encoding: .utf8)
        for member in ["image", "default_image"] {
            for image in ["alpine:3.20", "ubuntu:24.04"] {
                text = text.replacing(#""\#(member)": "\#(image)""#, with: #""\#(member)": "busybox""#)
            }
        }
    }

    /// Puts another command in the place of one of the sample's.
    mutating func replace(command: String, with other: String) throws {
        let encoded = String(decoding: try JSONEncoder().encode(other), as: UTF8.self)
        try replace(#""cmd": "\#(command)""#, with: #""cmd": \#(encoded)"#)
    }

    mutating func replace(_ part: String, with other: String) throws {
        try #require(text.contains(part), "the sample has no \(part)")
        text = text.replacing(part, with: other)
    }
}
