// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "varve",
    products: [
        .executable(name: "varved", targets: ["varved"]),
        .executable(name: "varve", targets: ["varve"]),
        .executable(name: "varve-supervise", targets: ["varve-supervise"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // C doors: module maps, and shims only for what Swift cannot call.
        .target(name: "CLinux"),
        .systemLibrary(name: "CMount", pkgConfig: "mount", providers: [.apt(["libmount-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // The core, bottom to top; `ArchitectureTests` holds these arrows.
        .target(name: "Linux", dependencies: ["CLinux", "CMount", "CSystemd", .system]),
        .target(name: "JSON"),
        .target(name: "Model", dependencies: ["JSON", .crypto]),
        .target(name: "Pipelines", dependencies: ["JSON", "Model", .yams]),
        .target(name: "Catalog", dependencies: ["JSON", "Linux", "Model", .grdb]),
        .target(name: "Archives", dependencies: ["CArchive", "CZlib", "Linux", "Model", .system]),
        .target(name: "Layers", dependencies: ["Linux", "Model", .system]),
        .target(
            name: "Workspaces", dependencies: ["Archives", "Layers", "Linux", "Model", .crypto, .system]),
        .target(
            name: "Images",
            dependencies: ["Archives", "Layers", "Linux", "Model", .crypto, .subprocess, .system]),
        .target(name: "Sandbox", dependencies: ["JSON", "Linux", "Model", .system]),
        .target(
            name: "Engine",
            dependencies: [
                "Archives", "Catalog", "Images", "JSON", "Layers", "Linux", "Model", "Sandbox", "Workspaces",
                .crypto, .log, .metrics, .system,
            ]),
        .target(name: "Repair", dependencies: ["Catalog", "Layers", "Linux", "Model", "Sandbox", .system]),

        // Both ends of the socket.
        .target(name: "API", dependencies: ["JSON", "Model"]),
        .target(
            name: "Server",
            dependencies: [
                "API", "Archives", "Catalog", "Engine", "Images", "JSON", "Layers", "Linux", "Model",
                "Pipelines", "Workspaces",
                .hummingbird, .hummingbirdCore, .httpTypes, .log, .metrics, .nioCore, .nioHTTP1,
                .nioPosix, .lifecycle, .system,
            ]),
        .target(
            name: "Client",
            dependencies: ["API", "JSON", "Model", .nioCore, .nioHTTP1, .nioPosix]),

        // Programs.
        // Static: it runs inside containers, where no library is to be counted on, and starts at once.
        .executableTarget(
            name: "varve-supervise",
            linkerSettings: [.unsafeFlags(["-static-executable", "-Xlinker", "--gc-sections"])]),
        .executableTarget(
            name: "varved",
            dependencies: [
                "API", "Engine", "Linux", "Model", "Server", .argumentParser, .log, .lifecycle, .metrics,
                .unixSignals, .system, .tomlKit,
            ]),
        .executableTarget(
            name: "varve",
            dependencies: [
                "API", "Client", "Linux", "Model", "Pipelines", "Repair", .argumentParser, .nioCore,
                .subprocess, .system, .unixSignals,
            ]),

        // What `make bench` measures without daemon and client; not installed.
        .executableTarget(
            name: "varve-bench",
            dependencies: ["Catalog", "Layers", "Linux", "Model", "Workspaces", .system],
            path: "integration/bench/probe"),

        // Tests beside what they test; `integration` drives the real programs.
        .target(name: "TestSupport", dependencies: ["Linux", "Model", .system], path: "Tests/TestSupport"),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "LinuxTests", dependencies: ["CLinux", "Linux", "TestSupport", .system]),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(name: "ModelTests", dependencies: ["Model", "TestSupport", .crypto]),
        .testTarget(
            name: "PipelinesTests", dependencies: ["Model", "Pipelines", "TestSupport"],
            resources: [.copy("Samples")]),
        .testTarget(name: "CatalogTests", dependencies: ["Catalog", "Model", "TestSupport", .grdb]),
        .testTarget(name: "LayersTests", dependencies: ["Layers", "Linux", "Model", "TestSupport", .system]),
        .testTarget(
            name: "WorkspacesTests",
            dependencies: ["Archives", "Layers", "Linux", "Model", "Workspaces", "TestSupport", .system]),
        .testTarget(
            name: "ImagesTests",
            dependencies: ["Archives", "Images", "Layers", "Linux", "Model", "TestSupport", .system]),
        .testTarget(
            name: "SandboxTests", dependencies: ["Linux", "Model", "Sandbox", "TestSupport", .system]),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Archives", "Catalog", "Engine", "Layers", "Linux", "Model", "Pipelines", "TestSupport",
                "varve-supervise", .log, .subprocess, .system,
            ]),
        .testTarget(name: "APITests", dependencies: ["API", "JSON", "Linux", "Model", .system, .yams]),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "API", "Client", "JSON", "Linux", "Model", "Repair", "varve", "varved", .argumentParser,
            ]),
        .testTarget(
            name: "ClientTests", dependencies: ["API", "Client", "Model", "TestSupport", .nioCore, .nioPosix]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "API", "Catalog", "Engine", "JSON", "Linux", "Model", "Server", "TestSupport", "varved",
                .argumentParser, .grdb, .lifecycle, .log, .metrics, .nioCore, .nioPosix, .subprocess, .system,
            ]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "API", "Client", "Linux", "Model", "varve", "varved", "varve-supervise", "TestSupport",
                .subprocess, .system,
            ],
            path: "integration/tests"),
    ]
)

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let cSources: Set<String> = ["CLinux", "varve-supervise"]

for target in package.targets where target.type != .system {
    if cSources.contains(target.name) {
        target.cSettings = [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-std=gnu17"])]
    } else {
        target.swiftSettings = swiftSettings
    }
}

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let log = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let system = product(name: "SystemPackage", package: "swift-system")
    static let tomlKit = product(name: "TOMLKit", package: "TOMLKit")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}
