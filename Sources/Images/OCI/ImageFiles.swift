import Archives
import Linux
import Model
import SystemPackage

/// The files an image comes in, by their names relative to one place.
protocol ImageFiles: AnyObject {
    /// What this place is, for messages.
    var place: String { get }
    /// Opens a file for reading; nil when there is none of that name.
    func open(_ path: EntryPath) throws(Failure) -> Descriptor?
}

extension ImageFiles {
    /// The largest document that is read into memory.
    static var documentLimit: Int { 4 << 20 }

    /// Reads a small file; nil when there is none of that name.
    func document(_ path: EntryPath) throws(Failure) -> [UInt8]? {
        guard let file = try open(path) else { return nil }
        do throws(Errno) {
            return try file.readAll(limit: Self.documentLimit)
        } catch .fileTooLarge {
            throw Failure(
                .tooLarge,
                "‘\(path)’ in \(place) is longer than \(ByteSize(bytes: Int64(Self.documentLimit)))",
                fix: "check that this is an image")
        } catch {
            throw Failure.image("‘\(path)’ in \(place) can't be read: \(error)", fix: "make it readable")
        }
    }
}

/// Image files below a directory, opened with the rights of the calling thread and never through links.
final class DirectoryFiles: ImageFiles {
    let place: String
    private let directory: SharedDirectory

    init(_ directory: SharedDirectory, place: String) {
        self.directory = directory
        self.place = place
    }

    func open(_ path: EntryPath) throws(Failure) -> Descriptor? {
        do throws(Errno) {
            guard let file = try directory.directory.openRegularFile(beneath: path.bytes) else {
                throw Errno.invalidArgument
            }
            return file
        } catch {
            switch error {
            case .noSuchFileOrDirectory: return nil
            case .invalidArgument: throw Failure.image("‘\(path)’ in \(place) is no file")
            case .tooManySymbolicLinkLevels:
                throw Failure.image(
                    "‘\(path)’ in \(place) is reached through a symbolic link",
                    fix: "copy the image with ‘skopeo copy’, so that its files are real ones")
            default:
                throw Failure(
                    .badPath, "‘\(path)’ in \(place) can't be opened: \(error)",
                    fix: "make it readable for the user who asks")
            }
        }
    }
}
