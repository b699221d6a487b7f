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
        try await squashTurns.withTurn(id) {
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
        let isTaken = try await recording { batch in
            let (merged, ground) = (try await batch.next(), try await batch.next())
            let made = try await onBlockingThread { [layers] in
                let made = try layers.squash(old.reversed(), merged: merged, ground: ground)
                // Durable before anything names them: from then on the old chain is not what is looked at.
                try layers.synchronize()
                return made.map { NewLayer($0.layer, .squash, $0.size) }
            }
            if try await catalog.squash(chain, of: snapshot.id, old, into: made.reversed()) { return true }
            try await removeLayers(made.map(\.id))
            return false
        }
        guard isTaken else { return }
        logger.info(
            "a chain of layers was squashed",
            metadata: ["snapshot": "\(snapshot.id)", "chain": "\(chain)", "layers": "\(old.count)"])
    }
}
