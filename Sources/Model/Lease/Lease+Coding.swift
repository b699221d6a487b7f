/// As the catalog keeps it: either `step` or `view` is there and says what the lease is of. Of a step, the directory that is
/// written to is `active` among its layers, and `draining` stands beside it.
extension Lease: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, scope, holder, step, view, layers, workspaceTarget, created, expires, boot, draining, end
    }

    private enum LayersKeys: String, CodingKey { case active }

    package init(from decoder: any Decoder) throws {
        let lease = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try lease.decode(String.self, forKey: .id),
            scope: try lease.decode(Scope.self, forKey: .scope),
            holder: try lease.decode(LeaseHolder.self, forKey: .holder),
            subject: try Lease.subject(lease),
            layers: try lease.decode(LeasedLayers.self, forKey: .layers),
            workspaceTarget: try lease.decodeIfPresent(StepPath.self, forKey: .workspaceTarget),
            created: try lease.decode(Timestamp.self, forKey: .created),
            expires: try lease.decode(Timestamp.self, forKey: .expires),
            boot: try lease.decode(String.self, forKey: .boot))
        end = try lease.decodeIfPresent(LeaseEnd.self, forKey: .end)
    }

    private static func subject(_ lease: KeyedDecodingContainer<CodingKeys>) throws -> Subject {
        guard lease.contains(.step) else { return .view(of: try lease.decode(String.self, forKey: .view)) }
        let layers = try lease.nestedContainer(keyedBy: LayersKeys.self, forKey: .layers)
        return .step(
            try LeasedStep(
                try lease.nestedContainer(keyedBy: LeasedStep.CodingKeys.self, forKey: .step),
                active: try layers.decode(LayerID.self, forKey: .active),
                draining: try lease.decodeIfPresent([UInt64].self, forKey: .draining)))
    }

    package func encode(to encoder: any Encoder) throws {
        var lease = encoder.container(keyedBy: CodingKeys.self)
        try lease.encode(id, forKey: .id)
        try lease.encode(scope, forKey: .scope)
        try lease.encode(holder, forKey: .holder)
        switch subject {
        case .step(let step): try lease.encode(step, forKey: .step)
        case .view(let snapshot): try lease.encode(snapshot, forKey: .view)
        }
        try encodeLayers(to: lease.superEncoder(forKey: .layers))
        try lease.encodeIfPresent(workspaceTarget, forKey: .workspaceTarget)
        try lease.encode(created, forKey: .created)
        try lease.encode(expires, forKey: .expires)
        try lease.encode(boot, forKey: .boot)
        try lease.encodeIfPresent(step?.draining, forKey: .draining)
        try lease.encodeIfPresent(end, forKey: .end)
    }

    private func encodeLayers(to encoder: any Encoder) throws {
        if let step {
            var members = encoder.container(keyedBy: LayersKeys.self)
            try members.encode(step.active, forKey: .active)
        }
        try layers.encode(to: encoder)
    }
}
