/// Several descriptors that are closed together.
struct DescriptorList: ~Copyable {
    private var raws: [CInt] = []

    init() {}

    deinit { for raw in raws { _ = Descriptor(adopting: raw) } }

    /// Takes a descriptor over; its number is good while the list lives.
    mutating func hold(_ descriptor: consuming Descriptor) -> CInt {
        let raw = descriptor.release()
        raws.append(raw)
        return raw
    }
}
