/// The memory of one block on its way from one place to another.
@safe
package final class BlockBuffer {
    /// As much as a pipe and a decompressor hand over at once.
    package static let defaultCapacity = 128 << 10

    /// Valid while this object lives.
    package let bytes: UnsafeMutableRawBufferPointer

    package init(capacity: Int = BlockBuffer.defaultCapacity) {
        unsafe bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }
}
