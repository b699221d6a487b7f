import TestSupport

/// Generates steps that do whatever a deterministic program may do: look, read, decide, follow links, fail.
///
/// They never fail as a whole, so that something can stand on them.
struct ReadingStep {
    let script: String

    init(key: String, using random: inout SplitMix) {
        var commands: [String] = []
        for number in 0..<Int.random(in: 1...5, using: &random) {
            commands.append(Self.command("\(key)-\(number)", using: &random))
        }
        script = "mkdir -p /data; " + commands.joined(separator: "; ") + "; true"
    }

    private static func command(_ text: String, using random: inout SplitMix) -> String {
        let names = SourceNames.free + ["kept", "lib", "lib/kept", "a/x", "b/y"]
        let p = names.randomElement(using: &random) ?? "a"
        let q = names.randomElement(using: &random) ?? "b"
        switch Int.random(in: 0..<22, using: &random) {
        case 0: return "rm -rf /data/t; cp \(p) /data/t && cat /data/t >> \(q)"
        case 1: return "if [ -e \(p) ]; then echo \(text) > \(q); else rm -rf \(q); fi"
        case 2: return "if [ -L \(p) ]; then readlink \(p) > /data/\(text); fi"
        case 3: return "find . | sort > /data/\(text)"
        case 4: return "for f in *; do if [ -f $f ]; then cat $f; fi; done > /data/all"
        case 5: return "echo \(text) >> \(p)"
        case 6: return "echo \(text) > \(p)"
        case 7: return "rm -rf \(p)"
        case 8: return "rm \(p)"
        case 9: return "mv \(p) \(q)"
        case 10: return "mkdir -p \(p)"
        case 11: return "mkdir -p \(p)/deep && echo \(text) > \(p)/deep/x"
        case 12: return "rm -rf \(p) && mkdir \(p) && echo \(text) > \(p)/again"
        case 13: return "ln -sfn \(random.one(of: "kept", "lib", text)) \(p)"
        case 14: return "ln \(p) \(q)"
        case 15: return "chmod \(random.one(of: "644", "755", "700")) \(p)"
        case 16: return "chmod -R u+rwX ."
        case 17: return "rm -rf /data/copy; cp -a \(p) /data/copy"
        case 18: return "sed -i s/source/\(text)/ \(p)"
        case 19: return "touch made; rm -f made \(p)"
        case 20: return "[ -s \(p) ] || echo \(text) > \(p)"
        default:
            // In two commands: a redirection makes its file while the search goes on.
            return "find . -type f -exec md5sum {} + | sort > /data/sums; md5sum < /data/sums > \(p)"
        }
    }
}
