package import Model

/// Private networks made ahead of time, so that no step waits for one. Each is used once.
package actor NetworkPool {
    private let configuration: SandboxConfiguration
    private let size: Int
    private var ready: [PrivateNetwork] = []
    private var refill: Task<Void, Never>?
    private var isClosed = false

    /// - Parameter size: how many are kept ready; 0 makes each when it is wanted.
    package init(_ configuration: SandboxConfiguration, size: Int = 2) {
        self.configuration = configuration
        self.size = size
    }

    /// Starts making the first ones.
    package func fill() {
        guard refill == nil, ready.count < size, !isClosed else { return }
        refill = Task { await self.makeOne() }
    }

    /// A network for one step. It ends with the step, or with the last reference if it is never used.
    package func take() async throws(Failure) -> PrivateNetwork {
        while let network = ready.popLast() {
            fill()
            if network.isUsable { return network }
        }
        let network = try await PrivateNetwork.make(configuration)
        fill()
        return network
    }

    /// Lets go of those nobody took, and makes no more.
    package func close() {
        isClosed = true
        ready = []
    }

    /// One at a time: steps that start meanwhile want the processors more.
    private func makeOne() async {
        // Why it fails is told to the step that needs one and makes it itself.
        let network = try? await PrivateNetwork.make(configuration)
        refill = nil
        guard let network, !isClosed else { return }
        ready.append(network)
        fill()
    }
}
