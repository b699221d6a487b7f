import GRDB
import Linux
package import Model

/// The one durable truth about a store, changed only in transactions; the disk is made to agree with it at
/// start.
///
/// SQLite in WAL mode. An ordinary commit survives a crash of the process; what must survive a power cut goes
/// through `writeDurably`, after the data it speaks of is itself on disk. One writer, several readers on a consistent
/// snapshot each; what takes longer than a look-up runs on GRDB's queues.
package struct Catalog: Sendable {
    let database: DatabasePool
    /// Of their own for `find`, which waits on the caller's thread: it must never wait for readers that need that very
    /// thread to go on.
    private let lookups: LookupConnections
    package let identity: StoreIdentity
    let removals = RemovalCount()
    /// Makes some room on a full disk; false if there is nothing left to give up.
    let relief: @Sendable () -> Bool

    /// Opens or creates the catalog in the file at `path`, migrating an older format.
    ///
    /// - Parameter relief: asked for room when a transaction finds none; with some, it is tried once more.
    /// - Throws: `store-too-new`, `store-damaged`, `storage-full`.
    package static func open(
        path: String, relief: @escaping @Sendable () -> Bool = { false }
    ) throws(Failure) -> Catalog {
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            if try pool.read(CatalogSchema.isNewer) {
                throw Failure(
                    .storeTooNew, "the store's catalog \(path) was written by a newer version of Varve",
                    fix: "install that version, or give this one a store of its own with --store")
            }
            try CatalogSchema.migrator.migrate(pool)
            let identity = try pool.write(StoreIdentity.fetchOrCreate)
            return Catalog(
                database: pool, lookups: LookupConnections(path: path, lookupConfiguration),
                identity: identity, relief: relief)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Catalog.failure(error, doing: "opening the catalog \(path)")
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA foreign_keys = ON")
        }
        return configuration
    }

    private static var lookupConfiguration: Configuration {
        var configuration = configuration
        configuration.label = "lookups"
        configuration.readonly = true
        return configuration
    }

    /// Goes on when the caller's task is cancelled, as `write` does: what is begun here is always brought to
    /// its end.
    func read<Value: Sendable>(
        _ doing: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await onBlockingThread { [database] in try database.read(body) }
        } catch {
            throw Catalog.failure(error, doing: doing)
        }
    }

    /// For what an index finds in microseconds: on the caller's thread, since the way to another one and back takes
    /// longer than that, and without a transaction, which does too.
    ///
    /// So each statement sees what was committed last: what has to agree is asked for in one.
    func find<Value>(_ doing: String, _ body: (Database) throws -> Value) throws(Failure) -> Value {
        do {
            return try lookups.read(body)
        } catch {
            throw Catalog.failure(error, doing: doing)
        }
    }

    func write<Value: Sendable>(
        _ doing: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Failure) -> Value {
        try await onWriter(doing) { try Catalog.commit($0, body) }
    }

    /// As `write`, on the caller's thread, which waits for its turn. Blocks.
    func writeNow<Value>(
        _ doing: String, _ body: (Database) throws -> Value
    ) throws(Failure) -> Value {
        do {
            return try writeWithoutTransaction { try Catalog.commit($0, body) }
        } catch {
            throw Catalog.failure(error, doing: doing)
        }
    }

    /// As `write`; what it commits, and all that was committed before, is on disk when it returns.
    func writeDurably<Value: Sendable>(
        _ doing: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Failure) -> Value {
        try await onWriter(doing) { database in
            // The writer runs with NORMAL, which syncs the log at checkpoints only.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            defer { try? database.execute(sql: "PRAGMA synchronous = NORMAL") }
            return try Catalog.commit(database, body)
        }
    }

    private func onWriter<Value: Sendable>(
        _ doing: String, _ transaction: @escaping @Sendable (Database) throws -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await onBlockingThread { try writeWithoutTransaction(transaction) }
        } catch {
            throw Catalog.failure(error, doing: doing)
        }
    }

    private func writeWithoutTransaction<Value>(_ transaction: (Database) throws -> Value) throws -> Value {
        try database.writeWithoutTransaction { database in try relieved { try transaction(database) } }
    }

    /// Tries a transaction that found the disk full once more, if room can be made for it: none of it has happened.
    private func relieved<Value>(_ transaction: () throws -> Value) throws -> Value {
        do {
            return try transaction()
        } catch let error as DatabaseError where Catalog.isFull(error) {
            guard relief() else { throw error }
            return try transaction()
        }
    }

    private static func commit<Value>(
        _ database: Database, _ body: (Database) throws -> Value
    ) throws -> Value {
        var outcome: Value?
        try database.inTransaction(.immediate) {
            outcome = try body(database)
            return .commit
        }
        guard let outcome else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
        return outcome
    }

    private static func isFull(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
    }

    static func failure(_ error: any Error, doing: String) -> Failure {
        if let failure = error as? Failure { return failure }
        guard let error = error as? DatabaseError else {
            return Failure(.internalError, "\(doing): \(error)", fix: "report this with the daemon's log")
        }
        switch error.resultCode {
        case _ where isFull(error): return .storageFull("\(doing): no space left for the catalog")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return Failure(
                .storeDamaged, "\(doing): the catalog is damaged (\(error.message ?? "no details"))",
                fix: "stop the daemon and make the catalog again: varve doctor --store DIR --repair")
        default:
            return Failure(
                .storageFailed, "\(doing): \(error)",
                fix: "check the store's file system and the daemon's log")
        }
    }
}

/// Statements that are asked again and again are compiled once for each connection.
///
/// Rows are decoded where SQLite has them: a copy looks for each column among all.
extension Database {
    /// What `decode` makes of the first row; nil for none.
    func row<Value>(
        _ sql: String, _ arguments: StatementArguments, _ decode: (Row) throws -> Value
    ) throws -> Value? {
        let cursor = try Row.fetchCursor(try cachedStatement(sql: sql), arguments: arguments)
        // A cursor that goes takes its row along.
        return try withExtendedLifetime(cursor) { try cursor.next().map(decode) }
    }

    /// What `decode`, which must not ask the same again, makes of each row.
    func rows<Value>(
        _ sql: String, _ arguments: StatementArguments, _ decode: (Row) throws -> Value
    ) throws -> [Value] {
        let cursor = try Row.fetchCursor(try cachedStatement(sql: sql), arguments: arguments)
        var values: [Value] = []
        while let row = try cursor.next() { values.append(try decode(row)) }
        return values
    }

    func value<Value: DatabaseValueConvertible>(
        _ type: Value.Type, _ sql: String, _ arguments: StatementArguments
    ) throws -> Value? {
        try Value.fetchOne(try cachedStatement(sql: sql), arguments: arguments)
    }

    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
