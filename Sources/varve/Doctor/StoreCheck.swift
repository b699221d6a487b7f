import API
import Glibc
import Linux
import Model
import SystemPackage

/// Whether the store's directory is closed to others, on a file system with room, and takes overlays.
struct StoreCheck: Check {
    let name = "store"
    let path: String

    /// Below these a store is too full to work well.
    private static let least: (bytes: Int64, share: Int64) = (2 << 30, 20)

    func findings() async -> [Wire.Finding] {
        guard geteuid() == 0 else {
            return warning(
                "\(path) and overlays are looked at by root only", fix: "run ‘varve doctor’ as root")
        }
        let directory: Directory
        do throws(Errno) {
            directory = try Directory(opening: path)
        } catch .noSuchFileOrDirectory {
            return absent()
        } catch {
            return failure(
                "\(path) cannot be opened: \(error)", fix: "name the store's directory with --store")
        }
        return permissions(directory) + space(directory) + overlay(directory)
    }

    /// Looks at the place where the store would be made.
    private func absent() -> [Wire.Finding] {
        let note = warning(
            "\(path) is not there yet", fix: "start varved, which makes it, or name another with --store")
        var place = FilePath(path)
        while place.removeLastComponent(), !place.isEmpty {
            if let directory = try? Directory(opening: place.string) {
                return note + space(directory) + overlay(directory)
            }
        }
        return note
    }

    private func permissions(_ directory: borrowing Directory) -> [Wire.Finding] {
        guard let status = try? directory.status() else { return [] }
        let mode = status.mode & 0o7777
        guard status.uid == 0, mode & 0o077 == 0 else {
            return failure(
                "\(path) belongs to uid \(status.uid) with mode \(String(mode, radix: 8)), so others could "
                    + "change layers",
                fix: "chown root \(path) && chmod 700 \(path)")
        }
        return fine("\(path), closed to others")
    }

    private func space(_ directory: borrowing Directory) -> [Wire.Finding] {
        guard let status = try? directory.fileSystemStatus() else { return [] }
        let free = ByteSize(bytes: status.freeBytes)
        let total = ByteSize(bytes: status.totalBytes)
        if status.totalInodes > 0, status.freeInodes < status.totalInodes / StoreCheck.least.share {
            return [
                Wire.Finding(
                    check: "space", status: .warning,
                    detail: "\(status.freeInodes) of \(status.totalInodes) inodes are free on \(status.type)",
                    fix:
                        "remove snapshots (varve du, varve prune), or use a file system without a fixed number"
                )
            ]
        }
        if status.freeBytes < StoreCheck.least.bytes
            || status.freeBytes < status.totalBytes / StoreCheck.least.share
        {
            return [
                Wire.Finding(
                    check: "space", status: .warning,
                    detail: "\(free) of \(total) are free on \(status.type)",
                    fix: "remove snapshots (varve du, varve prune), or move the store to a larger file system"
                )
            ]
        }
        return [
            Wire.Finding(
                check: "space", status: .ok, detail: "\(free) of \(total) are free on \(status.type)")
        ]
    }

    private func overlay(_ directory: borrowing Directory) -> [Wire.Finding] {
        do throws(OverlayError) {
            let support = try OverlaySupport.probe(in: directory)
            return [
                Wire.Finding(check: "overlay", status: .ok, detail: describe(support))
            ]
        } catch {
            return [
                Wire.Finding(
                    check: "overlay", status: .failed,
                    detail: "overlays cannot be mounted in \(path): \(error)",
                    fix: "move the store to ext4, xfs or btrfs; in a container, allow mounts (CAP_SYS_ADMIN)")
            ]
        }
    }

    private func describe(_ support: OverlaySupport) -> String {
        var limits: [String] = []
        if !support.takesDetachedLayers { limits.append("layers of other owners are copied") }
        if !support.attachesToDetached { limits.append("trees are built in a private mount namespace") }
        let form =
            switch support.form {
            case .descriptors: "layers by descriptor"
            case .lowerStrings: "layers by descriptor path"
            case .mountOptions: "layers by short names in one page of options"
            }
        return ([form] + limits).joined(separator: "; ")
    }
}
