import Catalog
import Layers
import Linux
import Logging
import Model

/// How many layers chains of snapshots have.
enum ChainDepth {
    /// A chain with more is squashed in the background. Depth costs a little with every mount, and the kernel stacks
    /// at most 500.
    static let usual = 64
    /// What is to stand on a chain with more waits until that is squashed.
    static let most = 160
    /// How many snapshots one look at the catalog finds.
    static let found = 64
}

extension Engine {
    /// Squashes chains that have become long, the shortest first, until there is none.
    func squashChains() async {
        var refused: Set<String> = []
        while !Task.isCancelled {
            do {
                let deep = try await catalog.snapshots(
                    deeperThan: ChainDepth.usual, limit: ChainDepth.found + refused.count)
                guard let next = deep.first(where: { !refused.contains($0) }) else { return }
                do {
                    try await squash(next, deeperThan: ChainDepth.usual)
                } catch {
                    refused.insert(next)
                    logger.warning(
                        "a chain of layers can't be squashed",
                        metadata: ["snapshot": "\(next)", "error": "\(error)"])
                }
            } catch {
                return logger.warning(
                    "long chains of layers can't be looked for", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The snapshot, its chains squashed if too much lies below already for another step.
    func squashedIfDeep(_ snapshot: Snapshot) async -> Snapshot {
        guard LayerChain.allCases.contains(where: { snapshot[$0].count > ChainDepth.most }) else {
            return snapshot
        }
        do {
            try await squash(snapshot.id, deeperThan: ChainDepth.usual)
            return try await catalog.snapshot(snapshot.id) ?? snapshot
        } catch {
            // It may still do as it is.
            logger.warning(
                "a chain of layers can't be squashed",
                metadata: ["snapshot": "\(snapshot.id)", "error": "\(error)"])
            return snapshot
        }
    }

    /// Lets one layer, or two, stand for each chain of the snapshot that is deeper than `depth`, here and in all that
    /// stand on it.
    ///
    /// A crash leaves the old chain until the transaction, the new one after it. The layers of the old one stay as
    /// long as the snapshots whose own they are.
    private func squash(_ id: String, deeperThan depth: Int) async throws {
        try await squashes.withTurn(id) {
            for chain in LayerChain.allCases {
                guard let snapshot = try await catalog.snapshot(id), snapshot[chain].count > depth else {
                    continue
                }
                try await squash(chain, of: snapshot)
            }
        }
    }

    private func squash(_ chain: LayerChain, of snapshot: Snapshot) async throws {
        let old = snapshot[chain]
        let hold = try await hold(old, for: "snapshot \(snapshot.id)")
        defer { withExtendedLifetime(hold) {} }
        let (merged, ground) = (try await numbers.next(), try await numbers.next())
        let made = try await onBlockingThread { [layers] in
            let made = try layers.squash(old.reversed(), merged: merged, ground: ground)
            // Durable before anything names them: from then on the old chain is not what is looked at.
            try layers.synchronize()
            return made.map { NewLayer($0.layer, .squash, $0.size) }
        }
        // A round of collection takes only what has a row, and the sweep at start what has none.
        var isTaken = false
        do {
            isTaken = try await catalog.squash(chain, of: snapshot.id, old, into: made.reversed())
        } catch {
            try await removeLayers(made)
            throw error
        }
        guard isTaken else { return try await removeLayers(made) }
        logger.info(
            "a chain of layers was squashed",
            metadata: ["snapshot": "\(snapshot.id)", "chain": "\(chain)", "layers": "\(old.count)"])
    }

    /// Takes layers without a record out of the store again.
    func removeLayers(_ layers: [NewLayer]) async throws {
        try await onBlockingThread { [store = self.layers] in
            for layer in layers { try store.remove(layer.id) }
        }
        upkeep.request()
    }
}
