import Glibc
package import Model
import Synchronization

/// Holds how many decompressors of one kind there are at once.
package final class DecoderPlaces: Sendable {
    private let most: Int
    private let taken = Mutex(0)

    package init(most: Int) { self.most = most }

    /// For xz: whoever compresses says how much memory is taken, up to 1 GiB, and libarchive lets nobody set less.
    package static let xz = DecoderPlaces(
        most: places(inMemory: Int64(sysconf(CInt(_SC_PHYS_PAGES))) * Int64(sysconf(CInt(_SC_PAGESIZE)))))

    /// So many that all of them take a quarter of the machine's memory at most; one at least, and no more than four.
    ///
    /// - Parameter bytes: the machine's memory.
    package static func places(inMemory bytes: Int64) -> Int { Int(max(1, min(4, bytes / (4 << 30)))) }

    /// One place, given back when nobody has it any more.
    package final class Place: Sendable {
        private let places: DecoderPlaces

        fileprivate init(of places: DecoderPlaces) { self.places = places }

        deinit { places.taken.withLock { $0 -= 1 } }
    }

    /// - Throws: `too-many` when all are taken.
    package func take() throws(Failure) -> Place {
        let isFree = taken.withLock { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
        guard isFree else {
            throw Failure(
                .tooMany, "\(most) archives that are compressed with xz are being unpacked already",
                fix: "try again when one of them is done, or compress it with Zstandard")
        }
        return Place(of: self)
    }
}
