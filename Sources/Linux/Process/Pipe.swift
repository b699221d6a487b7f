import CLinux
package import SystemPackage

/// Both ends of a pipe.
package struct Pipe: ~Copyable, Sendable {
    package let reading: Descriptor
    package let writing: Descriptor

    /// - Parameter nonBlocking: a full pipe refuses what is written (`EAGAIN`) and holds no writer up.
    package init(nonBlocking: Bool = false) throws(Errno) {
        var ends: [CInt] = [-1, -1]
        // SAFETY: the array has the two elements the call writes.
        _ = try systemCall { unsafe linux_pipe(&ends, nonBlocking ? 1 : 0) }
        reading = Descriptor(adopting: ends[0])
        writing = Descriptor(adopting: ends[1])
    }

    /// Closes the writing end.
    package consuming func intoReading() -> Descriptor { reading }

    /// Closes the reading end.
    package consuming func intoWriting() -> Descriptor { writing }
}
