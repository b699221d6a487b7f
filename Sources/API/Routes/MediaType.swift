/// The media types of bodies.
package enum MediaType {
    package static let json = "application/json"
    package static let ndjson = "application/x-ndjson"
    package static let eventStream = "text/event-stream"
    package static let tar = "application/x-tar"
    package static let gzippedTar = "application/x-tar+gzip"
    package static let zstandardTar = "application/x-tar+zstd"
    package static let metrics = "text/plain; version=0.0.4; charset=utf-8"
}

/// Header fields that carry something of Varve's own meaning.
package enum HeaderName {
    /// Repeating a creating POST with the same value gives the same answer for 24 h.
    package static let idempotencyKey = "Idempotency-Key"
}
