import Model

/// The `limits` of a step in Varve's own format.
struct VarveLimits {
    private let cursor: DocumentCursor

    init(_ cursor: DocumentCursor) {
        self.cursor = cursor
    }

    func limits() throws(Failure) -> StepSpecification.Limits {
        let members = try cursor.mapping("limits")
        try VarveFields.limits.check(members)
        var limits = StepSpecification.Limits()
        limits.memory = try members["memory"]?.memory()
        limits.milliCPUs = try members["cpus"]?.milliCPUs()
        limits.processes = try members["pids"]?.integer("a number of processes", in: 1...4_194_304)
        limits.disk = try members["disk"]?.byteSize()
        limits.log = try members["log"]?.byteSize()
        return limits
    }
}

extension DocumentCursor {
    func byteSize() throws(Failure) -> ByteSize {
        guard let size = ByteSize(try text("a size")), size.bytes > 0 else {
            throw failure(
                "\(found) is no size",
                fix: "write bytes, or a number with KiB, MiB, GiB or TiB, such as ‘2GiB’")
        }
        return size
    }

    /// At least 4 MiB: the runtime alone takes half a MiB before a command begins, and the shell some more.
    fileprivate func memory() throws(Failure) -> ByteSize {
        let size = try byteSize()
        guard size.bytes >= 4 << 20 else {
            throw failure(
                "\(found) of memory is too little to start any command", fix: "give at least ‘4MiB’")
        }
        return size
    }

    /// A decimal number of processors with at most three places, in thousandths.
    fileprivate func milliCPUs() throws(Failure) -> Int64 {
        let parts = try text("a number of processors").split(separator: ".", omittingEmptySubsequences: false)
        let whole = parts.first ?? ""
        let places = parts.count == 2 ? parts[1] : "0"
        guard parts.count <= 2, DocumentCursor.isDecimal(String(whole)), whole.utf8.count <= 5,
            (1...3).contains(places.utf8.count), places.utf8.allSatisfy({ (48...57).contains($0) }),
            let units = Int64(whole),
            let thousandths = Int64(places + String(repeating: "0", count: 3 - places.utf8.count)),
            units * 1000 + thousandths > 0
        else {
            throw failure("\(found) is no number of processors", fix: "write a number such as ‘2’ or ‘0.5’")
        }
        return units * 1000 + thousandths
    }
}
