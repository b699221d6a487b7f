package import Metrics
import Synchronization

/// Keeps what the program counts, and writes it in Prometheus' text format (version 0.0.4).
///
/// A counter is a `counter`, a recorder or meter that only shows its last value a `gauge`, and everything with a distribution
/// a `summary` of count and sum; timers are in seconds. Nothing is ever forgotten: labels must come from closed sets.
package final class PrometheusRegistry: MetricsFactory {
    private let series = Mutex<[SeriesName: Series]>([:])

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Counting(find(label, dimensions, .counter))
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        Counting(find(label, dimensions, .counter))
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Metering(find(label, dimensions, .gauge))
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        Recording(find(label, dimensions, aggregate ? .summary : .gauge))
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Timing(find(label, dimensions, .summary))
    }

    // A program asks for the same series again and again: the count must survive each handle on it.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything counted so far, families and series in the order of their names.
    package var text: String {
        let all = series.withLock { $0 }.sorted { $0.key < $1.key }
        var text = ""
        var family: String?
        for (name, series) in all {
            if name.family != family {
                family = name.family
                text += "# TYPE \(name.family) \(series.kind.rawValue)\n"
            }
            series.write(name, to: &text)
        }
        return text
    }

    private func find(_ label: String, _ dimensions: [(String, String)], _ kind: Series.Kind) -> Series {
        let name = SeriesName(label, dimensions)
        return series.withLock { series in
            if let known = series[name] { return known }
            let new = Series(kind)
            series[name] = new
            return new
        }
    }
}
