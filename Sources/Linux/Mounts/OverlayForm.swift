/// The ways to tell a kernel the layers of an overlay, best first.
package enum OverlayForm: String, CaseIterable, Sendable {
    /// Each layer by a descriptor (Linux 6.13).
    case descriptors
    /// Each layer by a path below `/proc/self/fd` of its own (Linux 6.8). Older kernels swallow it without an
    /// error.
    case lowerStrings
    /// All layers in one page of options for `mount(2)`, by short names in a private mount namespace (Linux
    /// 6.1).
    case mountOptions

    /// How many lower directories one overlay can have; the kernel's own limit in every form.
    package var maximumLowers: Int { 500 }
}
