import Catalog
import Layers
import Linux
import Model

extension Store {
    private static let recordsAtOnce = 500

    /// Makes layers that are committed safe from a power cut: the records of what has changed and the data first, in
    /// one sync, then the mark.
    ///
    /// One call at a time, as a record must not be written over by an older one.
    func makeDurable(_ layers: [LayerID]) async throws {
        let boot = try SystemClock.bootID()
        // Whatever changed before this is in a file when the sync begins.
        let change = try await catalog.lastChange()
        guard try await writeRecords(boot: boot) || !layers.isEmpty else { return }
        try await onBlockingThread { [self] in try directory.descriptor.synchronizeFileSystem() }
        try await catalog.markDurable(layers)
        let mark = try RecordMark(change: change, boot: boot).encoded()
        try await onBlockingThread { [self] in try records.writeMark(mark) }
    }

    /// Writes down what has changed. Answers whether there was anything.
    private func writeRecords(boot: String) async throws -> Bool {
        var hasChanged = false
        if try await onBlockingThread({ [records] in try records.keys(of: StoreRecord.Kind.store.rawValue) })
            .keys.isEmpty
        {
            try await write([try await catalog.storeRecord(boot: boot)])
            hasChanged = true
        }
        while let batch = try await catalog.unrecorded(limit: Self.recordsAtOnce, boot: boot) {
            try await write(batch.records)
            try await catalog.recorded(upTo: batch.change)
            hasChanged = true
        }
        return hasChanged
    }

    private func write(_ batch: [StoreRecord]) async throws {
        try await onBlockingThread { [records] in
            for record in batch {
                try records.write(record.content, of: record.kind.rawValue, record.key)
            }
        }
    }
}
