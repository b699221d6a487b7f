import Layers
import Linux
import Logging
import Model
import Sandbox

extension Engine {
    /// Begins to watch what is written.
    ///
    /// - Parameters:
    ///   - name: of who writes, as the subject of a sentence.
    ///   - limit: nil for what there is.
    func watchDisk(of name: String, limit: ByteSize?, at number: LayerID) -> StepDiskWatch {
        let watch = StepDiskWatch(number, of: name, limit: limit)
        disk.add(watch)
        return watch
    }

    /// What the disk, or a limit of it, has to do with the way a step ended; nil for nothing. Asked before what the
    /// step wrote is given up.
    func diskFailure(of watch: StepDiskWatch, passed: Bool) async -> Failure? {
        do {
            if let limit = watch.limit {
                if let verdict = watch.verdict, verdict.code == .diskLimit {
                    return watch.limitFailure(wrote: try await disk.allWritten(by: watch).bytes)
                }
                // It may have ended between two looks.
                if try await disk.written(by: watch) > limit.bytes {
                    return watch.limitFailure(wrote: try await disk.allWritten(by: watch).bytes)
                }
            }
            if passed { return try await overrunFailure(of: watch) }
            if let verdict = watch.verdict { return verdict }
            let state = try await disk.look()
            guard state.level == .exhausted || watch.wasExhausted else { return nil }
            return watch.failure(wrote: try await disk.allWritten(by: watch), on: state)
        } catch {
            logger.warning(
                "what was written can't be measured",
                metadata: ["writer": "\(watch.name)", "error": "\(error)"])
            return nil
        }
    }

    /// A budget is kept also where a step wrote faster than anybody looked: what goes beyond it is only kept if
    /// something else can go.
    private func overrunFailure(of watch: StepDiskWatch) async throws(Failure) -> Failure? {
        guard let state = try await overrun() else { return nil }
        return watch.failure(wrote: try await disk.allWritten(by: watch), on: state)
    }

    /// Deletes what has been given up before anything has to be written down, if the disk is full.
    func emptyGraveyardIfExhausted() async {
        guard (try? await disk.look())?.level == .exhausted else { return }
        do {
            try await withUpkeepAwaited { () async throws(Failure) in try await emptyGraveyard() }
            try await disk.look()
        } catch {
            logger.warning("dead directories can't be deleted", metadata: ["error": "\(error)"])
        }
    }
}
