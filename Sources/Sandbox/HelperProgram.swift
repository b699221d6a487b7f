import Glibc
import Linux
package import Model
import SystemPackage

/// Programs that are installed along with the running one.
package enum HelperProgram {
    /// Looks in the running program's own directory, then in `../libexec/varve`.
    package static func find(_ name: String) throws(Failure) -> String {
        let candidates = directories().map { "\($0)/\(name)" }
        for candidate in candidates {
            // SAFETY: the path is used by the call only.
            if unsafe access(candidate, X_OK) == 0 { return candidate }
        }
        throw Failure(
            .configurationInvalid,
            "the helper program \(name) is in none of \(candidates.joined(separator: ", "))",
            fix: "install Varve with `make install`, which puts it there")
    }

    private static func directories() -> [String] {
        guard let link = try? Directory(opening: "/proc/self").readLink("exe") else { return [] }
        let own = FilePath(String(decoding: link, as: UTF8.self)).removingLastComponent()
        return [own.string, own.removingLastComponent().appending("libexec").appending("varve").string]
    }
}
