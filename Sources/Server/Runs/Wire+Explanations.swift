import API
import Catalog
import Engine
import Model

extension Wire.Explanation {
    init(_ explanation: StepExplanation) {
        let planned = explanation.planned
        self.init(
            step: planned.step, identity: planned.identity, cache: planned.snapshot == nil ? .miss : .hit,
            reason: planned.reason, snapshot: planned.snapshot,
            nearest: explanation.nearest.map { Nearest($0, run: explanation.nearestMaker ?? "") },
            fields: Field.all(of: explanation),
            facts: explanation.facts.map {
                Fact(fact: Wire.Fact($0.fact), holds: $0.holds, now: $0.present?.text)
            })
    }
}

extension Wire.Explanation.Nearest {
    fileprivate init(_ record: CacheRecord, run: String) {
        self.init(
            snapshot: record.snapshot, identity: record.identity.digest, run: run,
            createdAt: Wire.Time(record.committed))
    }
}

extension Wire.Explanation.Field {
    /// Those that differ first; all as they were where the identity is not known yet.
    fileprivate static func all(of explanation: StepExplanation) -> [Wire.Explanation.Field] {
        guard let identity = explanation.identity else {
            return (explanation.nearest?.identity.fields ?? []).map {
                Wire.Explanation.Field(name: $0.name, changed: false, now: nil, before: $0.value)
            }
        }
        let changed = explanation.differences.map {
            Wire.Explanation.Field(name: $0.field, changed: true, now: $0.now, before: $0.before)
        }
        let names = Set(changed.map(\.name))
        let isCompared = explanation.nearest != nil
        return changed
            + identity.fields.filter { !names.contains($0.name) }.map {
                Wire.Explanation.Field(
                    name: $0.name, changed: false, now: $0.value, before: isCompared ? $0.value : nil)
            }
    }
}
