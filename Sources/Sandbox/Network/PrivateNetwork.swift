import Glibc
import Linux
import Model
import Synchronization
import SystemPackage

/// A network namespace for one step, with outbound traffic by a slirp4netns of its own.
///
/// slirp4netns ends when the last copy of `lifeline` is closed. The daemon has one until the step's
/// supervisor has its own, so a killed daemon leaves none behind, and a step keeps its network without one.
package final class PrivateNetwork: Sendable {
    /// Where slirp4netns answers DNS queries, inside.
    package static let nameServer = "10.0.2.3"

    private let namespace: Descriptor
    private let lifeline: Mutex<Descriptor?>
    private let slirp: SlirpProcess

    private init(
        namespace: consuming Descriptor, lifeline: consuming Descriptor, slirp: SlirpProcess
    ) {
        self.namespace = namespace
        self.lifeline = Mutex(lifeline)
        self.slirp = slirp
    }

    /// Runs `body` with the descriptors of namespace and lifeline, and then closes the daemon's copy of the
    /// lifeline: the network is now the step's whose supervisor was started with it. Nil when it is one
    /// already.
    func handOver<Result: ~Copyable>(_ body: ([CInt]) throws(Errno) -> Result) throws(Errno) -> Result? {
        guard let lifeline = lifeline.withLock({ $0.take() }) else { return nil }
        return try body([namespace.raw, lifeline.raw])
    }

    /// The namespace still has its way out.
    var isUsable: Bool { !slirp.hasEnded }

    /// The process of its slirp4netns.
    var pid: Int32 { slirp.pid }

    /// Makes a namespace and waits until it is connected; about 15 ms.
    static func make(_ configuration: SandboxConfiguration) async throws(Failure) -> PrivateNetwork {
        let slirp4netns = configuration.slirp4netns
        let network: PrivateNetwork
        let ready: Descriptor
        let complaints: Descriptor
        do {
            let namespace = try NetworkNamespace().intoDescriptor()
            let life = try Pipe()
            let readiness = try Pipe()
            let errors = try Pipe(nonBlocking: true)
            let null = try Descriptor.openFile("/dev/null", .readWrite)
            // In its own mount namespace it would keep copies of the leases' trees, and them from being committed.
            let slirp = try ProcessHandle.spawn(
                configuration.helper,
                arguments: ["apart", slirp4netns] + arguments,
                descriptors: [
                    null.raw, errors.writing.raw, errors.writing.raw, errors.reading.raw, namespace.raw,
                    life.reading.raw, readiness.writing.raw,
                ])
            network = PrivateNetwork(
                namespace: namespace, lifeline: life.intoWriting(), slirp: SlirpProcess(slirp))
            ready = readiness.intoReading()
            complaints = errors.intoReading()
        } catch {
            throw failure(
                error == .noSuchFileOrDirectory ? "\(slirp4netns) is not there" : "\(slirp4netns): \(error)")
        }
        await ready.readable()
        // One byte when it is connected, none when it has ended instead.
        guard (try? ready.read(upTo: 1).count) == 1 else { throw failure(words(complaints)) }
        return network
    }

    /// Numbers of descriptors are those of the list in `make`. The read end of its own error pipe is passed
    /// along: so it can go on writing, and losing, messages when nobody reads.
    private static let arguments = [
        "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp",
        "--exit-fd=5", "--ready-fd=6", "--netns-type=path", "/proc/self/fd/4", "tap0",
    ]

    private static func words(_ complaints: borrowing Descriptor) -> String {
        let text = String(decoding: (try? complaints.read(upTo: 2048)) ?? [], as: UTF8.self)
        return "slirp4netns ended before it was ready: "
            + text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }

    private static func failure(_ detail: String) -> Failure {
        Failure(
            .networkFailed, "a private network can't be made: \(detail)",
            fix:
                "install the Debian package slirp4netns, check that /dev/net/tun exists, or use network: host"
        )
    }
}
