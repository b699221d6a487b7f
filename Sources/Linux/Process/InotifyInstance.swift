import CLinux
import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// An inotify instance that many watches share, since a user has no more than 128 of them by default.
///
/// Handlers are called one after the other, in the order the kernel queued their events, on whichever thread
/// reads them; they must not block, and may not add or remove watches.
final class InotifyInstance: Sendable {
    typealias Handler = @Sendable (InotifyEvents) -> Void

    /// One handler of one watch; several may share what the kernel counts as one watch.
    struct Watch: Sendable {
        fileprivate let descriptor: CInt
        fileprivate let number: UInt64
    }

    /// Who sees to it that handlers hear of events.
    enum Attendance: Sendable {
        /// A thread of the system's, woken by every event.
        case always
        /// Whoever calls `drain`; and a thread of the system's during `attended`.
        case onDemand
    }

    private struct State {
        /// Made with the first watch, and kept for the life of the process.
        var opened: (events: CInt, source: any DispatchSourceRead)?
        var handlers: [CInt: [UInt64: Handler]] = [:]
        var count: UInt64 = 0
        /// How many are within `attended`.
        var attending = 0
    }

    private let attendance: Attendance
    private let state = Mutex(State())

    init(_ attendance: Attendance = .always) { self.attendance = attendance }

    /// - Parameter descriptor: what to watch; not kept open.
    /// - Throws: `tooManyOpenFiles` when no instance is left, `noSpace` when no watch is.
    func add(
        _ descriptor: borrowing Descriptor, for events: InotifyEvents, _ handler: @escaping Handler
    ) throws(Errno) -> Watch {
        // The kernel's queue is not to fill up with what nobody waited for.
        if attendance == .onDemand { drain() }
        let path = descriptor.processPath
        return try state.withLock { (state) throws(Errno) in
            let instance = try open(&state)
            // SAFETY: the path's pointer is used by the call only.
            let watch = try unsafe systemCall(path) { path in
                unsafe inotify_add_watch(instance, path, events.union(.addToMask).rawValue)
            }
            state.count += 1
            state.handlers[watch, default: [:]][state.count] = handler
            return Watch(descriptor: watch, number: state.count)
        }
    }

    /// From here on the watch's handler is not called any more.
    func remove(_ watch: Watch) {
        state.withLock { state in
            guard let opened = state.opened, var handlers = state.handlers[watch.descriptor] else { return }
            handlers[watch.number] = nil
            guard handlers.isEmpty else { return state.handlers[watch.descriptor] = handlers }
            state.handlers[watch.descriptor] = nil
            // It fails where the file is gone, which is as well.
            _ = inotify_rm_watch(opened.events, watch.descriptor)
        }
    }

    /// Has handlers hear of events while `body` runs, which may wait for them.
    func attended<Value>(_ body: () -> Value) -> Value {
        attend(1)
        defer { attend(-1) }
        return body()
    }

    private func attend(_ change: Int) {
        guard attendance == .onDemand else { return }
        state.withLock { state in
            let before = state.attending
            state.attending += change
            if before == 0 { state.opened?.source.resume() }
            if state.attending == 0 { state.opened?.source.suspend() }
        }
    }

    /// Calls the handlers of all events that have come up to now. Never blocks on the kernel.
    func drain() {
        state.withLock { state in
            guard let instance = state.opened?.events else { return }
            // SAFETY: the buffer is local, aligned as events are, and as long as is said.
            unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 8) { buffer in
                while true {
                    let count = unsafe Glibc.read(instance, buffer.baseAddress, buffer.count)
                    guard count > 0 else { return }
                    unsafe Self.deliver(UnsafeRawBufferPointer(rebasing: buffer[..<count]), in: &state)
                }
            }
        }
    }

    private static func deliver(_ buffer: UnsafeRawBufferPointer, in state: inout State) {
        var offset = 0
        while offset + MemoryLayout<inotify_event>.size <= buffer.count {
            // SAFETY: the kernel writes whole events, and rounds their lengths up to their alignment.
            let event = unsafe buffer.load(fromByteOffset: offset, as: inotify_event.self)
            offset += MemoryLayout<inotify_event>.size + Int(event.len)
            let events = InotifyEvents(rawValue: event.mask)
            if events.contains(.queueOverflow) {
                for handlers in state.handlers.values { for handler in handlers.values { handler(events) } }
            }
            // Numbers of watches are not given out again soon: an event of one that was removed finds nobody.
            for handler in (state.handlers[event.wd] ?? [:]).values { handler(events) }
            if events.contains(.isIgnored) { state.handlers[event.wd] = nil }
        }
    }

    private func open(_ state: inout State) throws(Errno) -> CInt {
        if let opened = state.opened { return opened.events }
        let events = Descriptor(adopting: try systemCall { inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK)) })
            .release()
        let source = DispatchSource.makeReadSource(fileDescriptor: events, queue: .global())
        source.setEventHandler { [unowned self] in drain() }
        source.activate()
        if attendance == .onDemand, state.attending == 0 { source.suspend() }
        state.opened = (events, source)
        return events
    }
}

/// What inotify is asked for and tells (the kernel's `IN_…`).
struct InotifyEvents: OptionSet, Sendable {
    let rawValue: UInt32

    static let modify = InotifyEvents(rawValue: UInt32(IN_MODIFY))
    static let deleteSelf = InotifyEvents(rawValue: UInt32(IN_DELETE_SELF))
    /// The file system is gone; can't be asked for, and always comes.
    static let unmount = InotifyEvents(rawValue: UInt32(IN_UNMOUNT))
    /// The last event of a watch.
    static let isIgnored = InotifyEvents(rawValue: UInt32(IN_IGNORED))
    /// Events were lost; told to every handler.
    static let queueOverflow = InotifyEvents(rawValue: UInt32(IN_Q_OVERFLOW))
    /// Keeps what was asked for at the same file before.
    static let addToMask = InotifyEvents(rawValue: UInt32(IN_MASK_ADD))
}
