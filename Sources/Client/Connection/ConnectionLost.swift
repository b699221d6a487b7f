/// The connection ended before the answer did. Never leaves this target.
struct ConnectionLost: Error {}
