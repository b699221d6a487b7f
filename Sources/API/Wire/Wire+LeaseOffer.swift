extension Wire {
    /// What a request for a lease on a step is answered with.
    package enum LeaseOffer: Hashable, Sendable {
        /// The step need not run.
        case hit(LeaseHit)
        case prepared(Lease)
    }
}

extension Wire.LeaseOffer: Decodable {
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        self =
            members.contains(.hit)
            ? .hit(try Wire.LeaseHit(from: decoder)) : .prepared(try Wire.Lease(from: decoder))
    }

    private enum CodingKeys: String, CodingKey { case hit }
}
