import Synchronization
import SystemPackage

/// Makes overlays in the form a kernel takes, all of them ending as a `DetachedMount`.
package final class OverlayMounter: Sendable {
    package let support: OverlaySupport
    /// User namespaces by what they map; making one costs a process.
    private let namespaces = Mutex<[OwnerShift: UserNamespace]>([:])

    package init(_ support: OverlaySupport) { self.support = support }

    /// Mounts an overlay. Blocks: some 150 µs with ten layers, 3 ms with 400.
    package func mount(_ specification: OverlaySpecification) throws(OverlayError) -> DetachedMount {
        if specification.upper == nil && specification.lowers.count < 2 {
            throw OverlayError(
                "an overlay of \(specification.lowers.count) lower directories and no upper one",
                .invalidArgument,
                kernelMessage:
                    "without an upper directory it needs two lower ones: add an empty lower directory")
        }
        // A kernel that takes no detached layer can only shift owners of layers that are attached somewhere.
        let form =
            specification.needsOwnerShift && !support.takesDetachedLayers ? .mountOptions : support.form
        switch form {
        case .descriptors: return try mountByContext(specification, byDescriptor: true)
        case .lowerStrings: return try mountByContext(specification, byDescriptor: false)
        case .mountOptions: return try mountByOptions(specification)
        }
    }

    private func mountByContext(
        _ specification: OverlaySpecification, byDescriptor: Bool
    ) throws(OverlayError) -> DetachedMount {
        let context = try OverlayContext.open()
        func set(
            _ key: String, _ directory: CInt, _ operation: @autoclosure () -> String
        ) throws(OverlayError) {
            if byDescriptor {
                try context.set(key, to: directory, operation())
            } else {
                try context.set(key, to: "/proc/self/fd/\(directory)", operation())
            }
        }
        var held = DescriptorList()
        for (index, lower) in specification.lowers.enumerated() {
            let directory: CInt
            if let shift = lower.ownerShift {
                let clone = try shifted(lower.directory, shift)
                // The kernel takes descriptors for reading in more versions than handles of a place.
                let root = try overlayOperation("opening a shifted layer") { () throws(Errno) -> Directory in
                    try clone.directory()
                }
                _ = held.hold(Descriptor(adopting: clone.release()))
                directory = held.hold(Descriptor(adopting: root.release()))
            } else {
                directory = lower.directory.directory.raw
            }
            try set("lowerdir+", directory, "setting lower directory \(index + 1)")
        }
        if let upper = specification.upper {
            for (key, name) in [("upperdir", upper.name), ("workdir", upper.workName)] {
                let directory = try overlayOperation("opening \(name)") { () throws(Errno) -> Directory in
                    try upper.parent.directory.openDirectory(name)
                }
                try set(key, held.hold(Descriptor(adopting: directory.release())), "setting \(key)")
            }
        }
        for (key, value) in OverlayOptions.values(nullUUID: support.takesNullUUID) {
            try context.set(key, to: value, "setting the option \(key)=\(value)")
        }
        for flag in OverlayOptions.flags(hasUpper: specification.upper != nil) { try context.set(flag) }
        return try context.mount(specification.isReadOnly ? .readOnly : [])
    }

    private func mountByOptions(_ specification: OverlaySpecification) throws(OverlayError) -> DetachedMount {
        var stage = OverlayStage()
        for lower in specification.lowers {
            if let shift = lower.ownerShift {
                stage.addLower(try shifted(lower.directory, shift))
            } else {
                stage.addLower(try clone(lower.directory))
            }
        }
        if let upper = specification.upper {
            stage.setUpper(try clone(upper.parent), name: upper.name, workName: upper.workName)
        }
        let mount = try stage.mount(nullUUID: support.takesNullUUID)
        if specification.isReadOnly {
            try overlayOperation("making the overlay read-only") { () throws(Errno) in
                try mount.setAttributes(.readOnly)
            }
        }
        return mount
    }

    private func clone(_ directory: SharedDirectory) throws(OverlayError) -> DetachedMount {
        try overlayOperation("cloning a layer's mount") { () throws(Errno) in
            try DetachedMount.clone(of: directory.directory.descriptor)
        }
    }

    private func shifted(
        _ directory: SharedDirectory, _ shift: OwnerShift
    ) throws(OverlayError) -> DetachedMount {
        let clone = try clone(directory)
        try overlayOperation("mapping a layer's owner to \(shift.uid):\(shift.gid)") { () throws(Errno) in
            try clone.setOwnerMap(try namespace(shift).descriptor)
        }
        return clone
    }

    private func namespace(_ shift: OwnerShift) throws(Errno) -> UserNamespace {
        if let namespace = namespaces.withLock({ $0[shift] }) { return namespace }
        let namespace = try UserNamespace(shift)
        namespaces.withLock {
            // Callers choose the owners: what is kept for them is bounded.
            if $0.count >= 64 { $0.removeAll() }
            $0[shift] = namespace
        }
        return namespace
    }
}
