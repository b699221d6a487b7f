import TestSupport

/// Generates steps whose result depends only on what they also write, so that it is right under every policy.
///
/// Every operation is unconditional, and leaves a trace at each path on which its outcome depends:
/// - whatever was at a path is removed and made anew (`rm -rf p && …`): the trace is at `p`, whether there was
///   anything or not;
/// - what certainly is there (`StepGround`) is appended to, given a mode, moved or removed: the trace is at
///   that very path, and all of it went into the outcome;
/// - nothing is made and removed again in one step, since that leaves no trace, and with it no reason to look
///   again once the source has such a file. So what was touched before in the same step is not moved or removed;
/// - nothing is reached through a link, since reading a link leaves no trace;
/// - a file is copied out of the workspace only if its content is what the lineage wrote, or was taken over by
///   a write.
///
/// An `rm -r` of what may be absent belongs here too: without its trace it fails, and what failed is not
/// cached.
struct SelfContainedStep {
    private(set) var commands: [String] = []
    /// What is certain after it.
    private(set) var ground: StepGround
    private var touched: [String] = []

    init(on ground: StepGround, key: String, using random: inout SplitMix) {
        self.ground = ground
        for number in 0..<Int.random(in: 1...4, using: &random) {
            add("\(key)-\(number)", using: &random)
        }
        if commands.isEmpty { replace("a", "\(key)-only", using: &random) }
    }

    var script: String { commands.joined(separator: " && ") }

    private mutating func add(_ text: String, using random: inout SplitMix) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0...6:
            replace(ground.places.randomElement(using: &random) ?? "a", text, using: &random)
        case 7, 8:
            guard let file = ground.files.randomElement(using: &random) else { return }
            perform("echo \(text) >> \(file)", at: file)
            ground.set(file, .file(isKnown: true))
        case 9:
            guard let file = ground.files.randomElement(using: &random) else { return }
            perform("echo \(text) > \(file)", at: file)
            ground.set(file, .file(isKnown: true))
        case 10, 11:
            guard let path = (ground.files + ground.directories).randomElement(using: &random) else { return }
            let mode =
                ground[path] == .directory ? random.one(of: "755", "711") : random.one(of: "644", "750")
            perform("chmod \(mode) \(path)", at: path)
        case 12:
            guard let file = ground.files.randomElement(using: &random) else { return }
            perform("touch \(file)", at: file)
        case 13:
            guard let path = ground.all.randomElement(using: &random), isUntouched(path) else { return }
            perform("rm -r \(path)", at: path)
            ground.set(path, nil)
        case 14:
            move(using: &random)
        case 15:
            guard random.chance(30), let path = ground.places.randomElement(using: &random),
                isUntouched(path)
            else { return }
            // Fails where nothing is.
            perform("rm -r \(path)", at: path)
            ground.set(path, nil)
        case 16:
            if random.chance(20) { perform("chmod \(random.one(of: "755", "711")) .", at: "") }
        case 17:
            guard let file = ground.knownFiles.randomElement(using: &random) else { return }
            commands.append("mkdir -p /data && cp \(file) /data/\(text)")
        default:
            outside(text, using: &random)
        }
    }

    /// Whatever is there is replaced by something new.
    private mutating func replace(_ path: String, _ text: String, using random: inout SplitMix) {
        let clear = "rm -rf \(path)"
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
            perform("\(clear) && mkdir \(path)", at: path)
            ground.set(path, .directory)
        case 1:
            perform("\(clear) && mkdir \(path) && echo \(text) > \(path)/x", at: path)
            ground.set(path, .directory)
            ground.set(path + "/x", .file(isKnown: true))
        case 2:
            perform("\(clear) && ln -s \(random.one(of: "kept", text)) \(path)", at: path)
            ground.set(path, .link)
        case 3:
            // As editors and compilers write; the other name is never in a source.
            perform("echo \(text) > \(path).new && \(clear) && mv \(path).new \(path)", at: path)
            ground.set(path, .file(isKnown: true))
        default:
            perform("\(clear) && echo \(text) > \(path)", at: path)
            ground.set(path, .file(isKnown: true))
        }
    }

    private mutating func move(using random: inout SplitMix) {
        let sources = ground.all.filter { ground[$0] != .link && isUntouched($0) }
        guard let old = sources.randomElement(using: &random),
            let new = ground.places.filter({ !meets($0, old) }).randomElement(using: &random)
        else { return }
        perform("rm -rf \(new) && mv \(old) \(new)", at: old, new)
        let isDirectory = ground[old] == .directory
        ground.set(old, nil)
        // The trace at the old name is all that was there.
        ground.set(new, isDirectory ? .directory : .file(isKnown: true))
    }

    /// What happens outside of the workspace depends on the lineage alone.
    private mutating func outside(_ text: String, using random: inout SplitMix) {
        commands.append(
            random.one(
                of: "mkdir -p /data && echo \(text) >> /data/log",
                "mkdir -p /data && rm -rf /data/d && mkdir /data/d && echo \(text) > /data/d/x",
                "mkdir -p /data && rm -rf /data/d && ln -s \(text) /data/d",
                "rm -rf /data && mkdir /data && echo \(text) > /data/new && chmod 700 /data"))
    }

    private mutating func perform(_ command: String, at paths: String...) {
        commands.append(command)
        touched += paths
    }

    private func isUntouched(_ path: String) -> Bool { !touched.contains { meets($0, path) } }

    private func meets(_ one: String, _ other: String) -> Bool {
        one == other || one.hasPrefix(other + "/") || other.hasPrefix(one + "/")
    }
}
