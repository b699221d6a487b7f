/// What the operator decides about the API.
package struct ServerConfiguration: Sendable {
    /// Members of these groups are admins, as root is.
    package var adminGroups: Set<UInt32>
    package var limits = Limits()

    package init(adminGroups: Set<UInt32> = []) {
        self.adminGroups = adminGroups
    }

    /// Bounds of everything a caller drives.
    package struct Limits: Sendable {
        /// Connections in all; root may always have some more.
        package var connections = 1024
        package var connectionsOfOneUser = 256
        /// Connections beyond those that are held open to be told so; the rest is closed without a word.
        package var refusalsOfOneUser = 16
        /// Streams of events and progress at once; one scope has at most half of these and of each kind below.
        package var streams = 512
        /// Archives at once that are read out of results; each takes a thread.
        package var archives = 16
        /// Archives at once that are received and taken in, and imports of images; each takes threads, and
        /// space in the store.
        package var uploads = 16
        /// All header fields of one request.
        package var headerBytes = 32 << 10
        /// A request's JSON.
        package var bodyBytes = 4 << 20
        /// Values in a request's JSON, each of which takes many times its bytes; pipelines of the most steps have fewer.
        package var bodyValues = 250_000
        /// A request's archive.
        package var uploadBytes: Int64 = 64 << 30
        /// Steps at once that a run may ask for.
        package var jobs = 1024
        /// How long a reader may take to make room for the next 64 KiB.
        package var writeDeadline = Duration.seconds(60)
        /// How long a connection may be silent: between requests, within one, and while an answer waits to be read.
        package var idle = Duration.seconds(75)
        /// How long requests under way may take once the daemon stops, until their answers are written out.
        package var stopping = Duration.seconds(2)

        package init() {}
    }
}
