import Linux
import Testing

@Suite struct HostTests {
    @Test func `kernel releases are compared by their numbers`() throws {
        #expect(try #require(KernelRelease("6.1.0-18-amd64")) == KernelRelease(major: 6, minor: 1))
        #expect(try #require(KernelRelease("5.9")) < #require(KernelRelease("5.10")))
        #expect(try #require(KernelRelease("7.0-rc1")) > KernelRelease(major: 6, minor: 13))
        #expect(try #require(KernelRelease("6.18.44-fc")).minor == 18)
        #expect(KernelRelease("six") == nil && KernelRelease("") == nil)
        #expect(KernelRelease.current == KernelRelease(KernelRelease.currentText))
    }
}
