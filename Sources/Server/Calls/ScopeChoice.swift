import Engine
import Linux
import Model

/// Whose things a request is about: the caller's own, or what an admin named.
enum ScopeChoice: Hashable, Sendable {
    /// Nothing was named.
    case unnamed
    case named(Scope)
    /// Everybody's together; admins only.
    case all
    /// The scope whose image names all see; admins only.
    case shared

    /// - Throws: `bad-request`, and `forbidden` for another's scope unless the caller is an admin.
    init(_ text: String?, caller: Caller) throws(Failure) {
        switch text {
        case nil: self = .unnamed
        case "all": self = .all
        case "shared": self = .shared
        case let text?:
            guard let scope = Scope(text) else {
                throw Failure(
                    .badRequest, "‘\(EntryPath.printable(Array(text.utf8.prefix(100))))’ is no scope",
                    fix: "give scope=uid:N, scope=all or scope=shared")
            }
            self = .named(scope)
        }
        let isOwn = self == .unnamed || self == .named(caller.scope)
        guard isOwn || caller.isAdmin else {
            throw Failure(
                .forbidden, "scope ‘\(text ?? "")’ is not that of this caller, who is \(caller.scope)",
                fix: "leave scope out, or call as root or a member of an admin group")
        }
    }
}

extension Call {
    /// The one scope a request acts in.
    ///
    /// - Throws: `bad-request` where several are named.
    var scope: Scope {
        get throws(Failure) {
            switch scopeChoice {
            case .unnamed: caller.scope
            case .named(let scope): scope
            case .all, .shared:
                throw Failure(
                    .badRequest, "this request is about the things of one user",
                    fix: "give scope=uid:N, or leave it out")
            }
        }
    }

    /// Where a list looks.
    var listReach: Reach {
        get throws(Failure) { scopeChoice == .all ? .everywhere : .scope(try scope) }
    }

    /// Where a thing with an identifier of its own is looked for: an admin need not say whose it is.
    var reach: Reach {
        get throws(Failure) {
            scopeChoice == .unnamed && caller.isAdmin ? .everywhere : try listReach
        }
    }

    /// Where the image names are that a request changes: the shared ones are what admins mean unless they say otherwise.
    var imagePlaces: ImagePlaces {
        get throws(Failure) {
            switch scopeChoice {
            case .shared: .named(nil)
            case .unnamed where caller.isAdmin: .shared(seenFrom: caller.scope)
            case .unnamed, .named, .all: .named(try scope)
            }
        }
    }
}
