import SystemPackage

/// What the running kernel and a store's file system do with overlays, found by trying.
package struct OverlaySupport: Hashable, Sendable {
    /// The form in use.
    package let form: OverlayForm
    /// `uuid=null` is understood.
    package let takesNullUUID: Bool
    /// A layer may be a mount that is attached nowhere.
    package let takesDetachedLayers: Bool
    /// A mount can be attached to a tree that is itself detached.
    package let attachesToDetached: Bool
    /// Why better forms are not in use.
    package let refusals: [OverlayForm: OverlayError]

    package init(
        form: OverlayForm, takesNullUUID: Bool = true, takesDetachedLayers: Bool = true,
        attachesToDetached: Bool = true, refusals: [OverlayForm: OverlayError] = [:]
    ) {
        self.form = form
        self.takesNullUUID = takesNullUUID
        self.takesDetachedLayers = takesDetachedLayers
        self.attachesToDetached = attachesToDetached
        self.refusals = refusals
    }

    /// The same kernel with another form.
    package func using(_ form: OverlayForm) -> OverlaySupport {
        OverlaySupport(
            form: form, takesNullUUID: takesNullUUID, takesDetachedLayers: takesDetachedLayers,
            attachesToDetached: attachesToDetached, refusals: refusals)
    }

    /// Mounts small overlays of directories in `scratch` until a form works; the best form's error if none
    /// does.
    ///
    /// What counts is what can be seen and written through the mount: Linux 6.1 swallows an option it does
    /// not know.
    package static func probe(in scratch: borrowing Directory) throws(OverlayError) -> OverlaySupport {
        let name = ".overlay-probe-\(UInt64.random(in: 0...UInt64.max))"
        do {
            try scratch.createDirectory(name)
        } catch {
            throw OverlayError("making a directory to try overlays in", error)
        }
        let outcome = Result { () throws(OverlayError) in
            let directory = try overlayOperation("opening \(name)") { () throws(Errno) -> Directory in
                try scratch.openDirectory(name)
            }
            return try OverlayProbe(directory).run()
        }
        try? scratch.removeTree(name)
        return try outcome.get()
    }
}
