import FoundationEssentials
import JSON
import Linux
import Model
import Synchronization

/// The seccomp profile of steps, and what the runtime made of it, kept for the next step.
///
/// Compiling a profile for three architectures takes libseccomp 20 ms, the rest of a start 7. crun leaves the
/// filter beside the container's state and takes a ready one by annotation; other runtimes ignore that and
/// compile the profile, which is always there.
final class SeccompFilters: Sendable {
    let text: JSONVerbatim
    private let compiled = Mutex<String?>(nil)

    init(rules: OCISpecification.Seccomp) throws(Failure) {
        do {
            text = try JSONVerbatim(encoding: rules)
        } catch {
            throw Failure(
                .configurationInvalid, "the seccomp profile can't be written down: \(error)",
                fix: "name another with seccomp_profile")
        }
    }

    /// The filter in base64, once a step has been started with it.
    var current: String? { compiled.withLock { $0 } }

    /// Takes over the filter of a container that the runtime has started with the rules.
    func harvest(bundle: String, id: String) {
        guard current == nil,
            let filter = try? Descriptor.openFile("\(bundle)/state/\(id)/seccomp.bpf").readAll(
                limit: 1 << 18),
            // An array of 8-byte instructions.
            !filter.isEmpty, filter.count.isMultiple(of: 8)
        else { return }
        compiled.withLock { $0 = Data(filter).base64EncodedString() }
    }
}
