import Model

/// Takes blocks from C code to a sink, and keeps what C code has no words for.
@safe
final class SinkDrain {
    private let sink: any ByteSink
    /// Why `take` answered -1.
    private(set) var failure: Failure?
    /// Nothing is passed on any more.
    var isClosed = false

    init(_ sink: any ByteSink) { self.sink = sink }

    /// How many bytes were taken: all, or -1.
    func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        if isClosed { return bytes.count }
        do throws(Failure) {
            // SAFETY: the bytes are valid for the duration of this call.
            unsafe try sink.write(bytes)
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }
}
