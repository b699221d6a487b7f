import Layers
import Model
import SystemPackage
import Testing

@Suite struct `A watch that fails` {
    @Test(arguments: [
        (Errno.tooManyOpenFiles, "fs.inotify.max_user_instances"), (.noSpace, "fs.inotify.max_user_watches"),
    ])
    func `names the limit of inotify that was met`(error: Errno, limit: String) {
        let failure = Failure.watching(error, "watch a step's overlay")
        #expect(failure.code == .tooMany)
        #expect(failure.detail.contains(limit) && failure.fix.contains("sysctl \(limit)="))
    }
}
