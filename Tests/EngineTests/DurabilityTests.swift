import Logging
import Model
import Synchronization
import SystemPackage
import Testing

@testable import Engine

@Suite struct `Layers on their way to the disk` {
    @Test func `are tried again after a sync that failed`() async {
        let rounds = Mutex<[[LayerID]]>([])
        let sync = DurabilitySync(logger: Logger(label: "test")) { layers in
            let isFirst = rounds.withLock { rounds in
                // The last sync of all is for what else has changed.
                if layers.isEmpty { return false }
                rounds.append(layers)
                return rounds.count == 1
            }
            if isFirst { throw Errno.noSpace }
        }
        sync.add([LayerID(1), LayerID(2)])
        await sync.flush()
        sync.add([LayerID(3)])
        await sync.flush()
        await sync.flush()
        let seen = rounds.withLock { $0 }
        #expect(seen.count <= 3)
        #expect(seen.first == [LayerID(1), LayerID(2)])
        #expect(Set(seen.dropFirst().joined()) == [LayerID(1), LayerID(2), LayerID(3)])
    }
}
