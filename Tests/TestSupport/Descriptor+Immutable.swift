import Glibc
package import Linux
import SystemPackage

extension Descriptor {
    /// Lets nobody change or remove the file or directory until that is taken back.
    package func setImmutable(_ isImmutable: Bool = true) throws {
        // FS_IOC_SETFLAGS with FS_IMMUTABLE_FL, of linux/fs.h.
        var flags: CInt = isImmutable ? 0x10 : 0
        // SAFETY: `flags` outlives the call.
        let result = unsafe ioctl(raw, 0x4008_6602, &flags)
        if result < 0 { throw Errno(rawValue: errno) }
    }
}
