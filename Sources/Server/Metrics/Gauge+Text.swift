import Engine

extension Gauge {
    /// In Prometheus' text format; those of one name must come together.
    static func text(of gauges: [Gauge]) -> String {
        var text = ""
        var family: String?
        for gauge in gauges {
            if gauge.name != family {
                family = gauge.name
                text += "# TYPE \(gauge.name) gauge\n"
            }
            let series = Series(.gauge)
            series.set(gauge.value)
            series.write(SeriesName(gauge.name, gauge.labels.map { ($0.name, $0.value) }), to: &text)
        }
        return text
    }
}
