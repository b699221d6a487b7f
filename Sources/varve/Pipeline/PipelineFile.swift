import Glibc
import Linux
import Model
import SystemPackage

/// Where a pipeline's document is read from.
struct PipelineFile {
    /// What it is called in messages.
    let name: String
    let text: String

    private static let limit = 1 << 20

    /// Reads the file a user named, or the directory's own.
    ///
    /// - Throws: `UsageProblem` if there is none; `pipeline-invalid` if it is too large or no text.
    init(named file: String?, in directory: String) throws {
        switch file {
        case "-"?:
            try self.init(name: "standard input", PipelineFile.standardInput())
        case let file?:
            try self.init(opening: file)
        case nil:
            try self.init(defaultIn: directory)
        }
    }

    /// A duplicate, not `/dev/stdin` opened anew: that asks for rights to a file or pipe that may be another
    /// user's, as behind `sudo -u`.
    private static func standardInput() throws -> Descriptor {
        let number = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        guard number >= 0 else {
            throw UsageProblem(
                "standard input cannot be read: \(Errno(rawValue: errno))",
                fix: "pipe the pipeline in, or name a file with -f FILE")
        }
        return Descriptor(adopting: number)
    }

    private init(name: String, _ descriptor: consuming Descriptor) throws {
        self.name = name
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try descriptor.readAll(limit: PipelineFile.limit)
        } catch .fileTooLarge {
            throw Failure(
                .pipelineInvalid, "\(name) is larger than 1 MiB",
                fix: "split the pipeline, or make it shorter")
        } catch .isDirectory {
            throw UsageProblem(
                "‘\(name)’ is a directory", fix: "name a file in it, or give the workspace with -d \(name)")
        } catch {
            throw UsageProblem("‘\(name)’ cannot be read: \(error)", fix: "name a file you can read")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.pipelineInvalid, "\(name) is not UTF-8", fix: "save the pipeline as UTF-8 text")
        }
        self.text = text
    }

    private init(opening file: String) throws {
        let descriptor: Descriptor
        do throws(Errno) {
            descriptor = try Descriptor.openFile(file)
        } catch .noSuchFileOrDirectory {
            throw PipelineFile.missing(file)
        } catch {
            throw UsageProblem("‘\(file)’ cannot be opened: \(error)", fix: "name a file you can read")
        }
        if PipelineFile.isHarmontDirectory(file) { throw PipelineFile.harmont(file) }
        try self.init(name: file, descriptor)
    }

    private init(defaultIn directory: String) throws {
        for name in ["varve.yaml", "varve.json"] {
            let path = directory == "." ? name : directory + "/" + name
            guard let descriptor = try? Descriptor.openFile(path) else { continue }
            try self.init(name: path, descriptor)
            return
        }
        let harmont = directory + "/.hm"
        if (try? Directory(opening: harmont)) != nil { throw PipelineFile.harmont(directory) }
        let place = directory == "." ? "this directory" : directory
        throw UsageProblem(
            "there is neither varve.yaml nor varve.json in \(place)",
            fix: "write one, name a pipeline with -f FILE, or pipe one in: hm render SLUG | varve run -")
    }

    private static func isHarmontDirectory(_ file: String) -> Bool {
        let name = file.split(separator: "/").last ?? ""
        return name == ".hm" && (try? Directory(opening: file)) != nil
    }

    private static func missing(_ file: String) -> UsageProblem {
        let looksLikeSlug =
            !file.isEmpty
            && file.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
        if looksLikeSlug {
            return UsageProblem(
                "there is no file ‘\(file)’",
                fix: "if ‘\(file)’ is a Harmont pipeline: hm render \(file) | varve run -")
        }
        return UsageProblem(
            "there is no file ‘\(file)’", fix: "name a pipeline that exists, or - for standard input")
    }

    private static func harmont(_ place: String) -> UsageProblem {
        let name = place == "." ? "this directory" : "‘\(place)’"
        return UsageProblem(
            "\(name) has Harmont pipelines, which are rendered first",
            fix: "hm render SLUG | varve run -")
    }
}
