import Linux
import SystemPackage

/// A part of a file that has data, between holes.
struct Region: Hashable {
    let start: Int64
    let end: Int64

    /// The parts of the first `size` bytes that have data, in order.
    static func data(of file: borrowing Descriptor, size: Int64) throws(Errno) -> [Region] {
        // A file with as many blocks as its size asks for has no holes worth keeping.
        if try file.status().blocks * 512 >= size { return size > 0 ? [Region(start: 0, end: size)] : [] }
        var regions: [Region] = []
        var position: Int64 = 0
        while position < size, let start = try file.nextData(from: position), start < size {
            let end = min(try file.nextHole(from: start) ?? size, size)
            regions.append(Region(start: start, end: end))
            position = end
        }
        return regions
    }
}
