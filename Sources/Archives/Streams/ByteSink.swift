package import Model

/// Where bytes go, one block after the other.
///
/// A class, because C code holds on to it while it writes. Used by one thread at a time.
package protocol ByteSink: AnyObject {
    /// Takes all of `bytes`, which are lent for the call.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure)
}
