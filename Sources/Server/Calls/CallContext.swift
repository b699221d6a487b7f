import Hummingbird
import Logging

/// What the router carries along with a request.
struct CallContext: RequestContext {
    typealias Source = CallSource

    var coreContext: CoreRequestContextStorage
    let connection: Connection

    init(source: CallSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = source.connection
    }
}

/// Where a request came from.
struct CallSource: RequestContextSource {
    let logger: Logger
    let connection: Connection
}
