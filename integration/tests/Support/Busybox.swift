import Foundation
import Testing

/// A root file system of a few files: busybox, its applets, and the users a step may run as.
enum Busybox {
    static func makeRoot(_ path: String) async throws {
        let script = """
            mkdir -p "$0"/bin "$0"/etc "$0"/root "$0"/home/builder "$0"/tmp "$0"/var/tmp "$0"/usr/bin "$0"/proc "$0"/dev
            chmod 1777 "$0"/tmp "$0"/var/tmp
            cp /bin/busybox "$0"/bin/busybox
            for applet in $(/bin/busybox --list); do
                [ -e "$0/bin/$applet" ] || ln -s busybox "$0/bin/$applet"
            done
            printf 'root:x:0:0:root:/root:/bin/sh\\nbuilder:x:1000:1000::/home/builder:/bin/sh\\n' > "$0"/etc/passwd
            printf 'root:x:0:\\nbuilder:x:1000:\\nextra:x:2000:builder\\n' > "$0"/etc/group
            chown 1000:1000 "$0"/home/builder
            """
        let output = try await runProgram("/bin/sh", ["-ec", script, path])
        try #require(output.status == 0, "\(output.stderr)")
    }
}
