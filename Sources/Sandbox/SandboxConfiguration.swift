import Linux
package import Model

/// The programs and places of this daemon that steps need. Paths are absolute.
package struct SandboxConfiguration: Sendable {
    /// Keeps this store's mounts and control groups apart from any other's.
    package var storeID: String
    /// `/run/varve/mounts/STORE-ID`: bundles are directories of it.
    package var mountsDirectory: String
    package var runtime: OCIRuntime
    package var slirp4netns: String
    package var seccompProfile: String
    /// `varve-supervise`, linked statically: it is a step's first process too.
    package var helper: String
    /// Between asking a step's processes to end and killing them.
    package var grace: TimeSpan
    /// The slice of the service manager's in which the daemon is, for its steps too; nil where there is none.
    package var slice: String?

    package init(
        storeID: String, mountsDirectory: String? = nil, runtime: OCIRuntime = OCIRuntime("/usr/bin/crun"),
        slirp4netns: String = "/usr/bin/slirp4netns", seccompProfile: String = SeccompProfile.debianPath,
        helper: String? = nil, grace: TimeSpan = TimeSpan(seconds: 10)
    ) throws(Failure) {
        self.storeID = storeID
        self.mountsDirectory = mountsDirectory ?? RuntimeDirectory.standard.mounts(of: storeID)
        self.runtime = runtime
        self.slirp4netns = slirp4netns
        self.seccompProfile = seccompProfile
        self.helper = if let helper { helper } else { try HelperProgram.find("varve-supervise") }
        self.grace = grace
        slice = ServiceSlice.current()
    }

    /// Those of all steps of the store are right below it.
    var controlGroup: ControlGroup { .steps(of: storeID, in: slice) }
}
