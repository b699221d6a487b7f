import Testing

extension Playground {
    /// A small Debian from the mirror of this machine, as the image `debian`.
    func importDebian() async throws {
        let path = root + "/debian"
        let mirror = try await runProgram(
            "apt-get",
            ["indextargets", "--format", "$(SITE)", "Release: bookworm", "Created-By: Packages"])
        let made = try await runProgram(
            "mmdebstrap",
            ["--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io", "bookworm", path]
                + mirror.lines.prefix(1))
        try #require(made.status == 0, "\(made.stderr)")
        let imported = try await varve(["image", "import", "debian", path])
        try #require(imported.status == 0, "\(imported.stderr)")
    }
}
