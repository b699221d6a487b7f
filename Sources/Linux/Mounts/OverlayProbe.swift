import SystemPackage

/// The trials behind `OverlaySupport.probe(in:)`, each in directories of its own.
struct OverlayProbe: ~Copyable {
    private let directory: Directory
    private var count = 0

    init(_ directory: consuming Directory) { self.directory = directory }

    consuming func run() throws(OverlayError) -> OverlaySupport {
        var refusals: [OverlayForm: OverlayError] = [:]
        for form in OverlayForm.allCases {
            do throws(OverlayError) {
                let plain = try firstThatWorks(form)
                let shifting = with(plain, detachedLayers: true, nesting: false)
                let shifts = (try? tryMount(shifting, shift: OwnerShift(uid: 1, gid: 1))) != nil
                let nests = (try? tryNesting(plain)) != nil
                return OverlaySupport(
                    form: form, takesNullUUID: plain.takesNullUUID, takesDetachedLayers: shifts,
                    attachesToDetached: nests, refusals: refusals)
            } catch {
                refusals[form] = error
            }
        }
        throw refusals[.descriptors] ?? OverlayError("trying overlays", .notSupported)
    }

    private mutating func firstThatWorks(_ form: OverlayForm) throws(OverlayError) -> OverlaySupport {
        let full = OverlaySupport(form: form, takesDetachedLayers: false, attachesToDetached: false)
        if (try? tryMount(full)) != nil { return full }
        let reduced = OverlaySupport(
            form: form, takesNullUUID: false, takesDetachedLayers: false, attachesToDetached: false)
        try tryMount(reduced)
        return reduced
    }

    private func with(_ support: OverlaySupport, detachedLayers: Bool, nesting: Bool) -> OverlaySupport {
        OverlaySupport(
            form: support.form, takesNullUUID: support.takesNullUUID, takesDetachedLayers: detachedLayers,
            attachesToDetached: nesting)
    }

    /// Mounts an overlay of two lower directories and an upper, and looks at it.
    private mutating func tryMount(
        _ support: OverlaySupport, shift: OwnerShift? = nil
    ) throws(OverlayError) {
        let mount = try mount(support, shift)
        let isRight = try overlayOperation("using an overlay") { () throws(Errno) in
            let root = try mount.directory()
            let owner = try root.status("first").uid
            _ = try root.status("second")
            // Opening for writing copies up.
            _ = try root.openFile("first", [.readWrite, .truncate])
            try root.remove("second")
            return owner == shift?.uid ?? 0
        }
        if !isRight { throw OverlayError("mapping owners in an overlay", .notSupported) }
    }

    /// Puts one detached overlay into another.
    private mutating func tryNesting(_ support: OverlaySupport) throws(OverlayError) {
        var outer = try mount(support, nil)
        let inner = try mount(support, nil)
        do throws(Errno) {
            try outer.attach(inner, at: "place")
            _ = try outer.directory().openBeneath("place/first")
        } catch {
            throw OverlayError("attaching to a detached tree", error)
        }
    }

    private mutating func mount(
        _ support: OverlaySupport, _ shift: OwnerShift?
    ) throws(OverlayError) -> DetachedMount {
        count += 1
        let name = String(count)
        let specification = try overlayOperation("making directories for an overlay") { () throws(Errno) in
            try directory.createDirectory(name)
            let parent = SharedDirectory(try directory.openDirectory(name))
            for name in ["a", "b", "upper", "work"] { try parent.directory.createDirectory(name) }
            let lowers = [
                SharedDirectory(try parent.directory.openDirectory("a")),
                SharedDirectory(try parent.directory.openDirectory("b")),
            ]
            _ = try lowers[0].directory.createFile("first")
            _ = try lowers[1].directory.createFile("second")
            try lowers[1].directory.createDirectory("place")
            return OverlaySpecification(
                lowers: lowers.map { OverlayLower($0, ownerShift: shift) },
                upper: OverlayUpper(in: parent, name: "upper", workName: "work"))
        }
        return try OverlayMounter(support).mount(specification)
    }
}
