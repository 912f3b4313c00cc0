// swift-tools-version: 6.2
import PackageDescription

// The targets stand in the order in which data flows; a target imports only targets above it.
// docs/ARCHITECTURE.md says what each is for.

/// Every target: language mode 6, strict memory safety, warnings are errors, and `Lifetimes` so that
/// `ByteReader` may hold a `RawSpan`.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// `scripts/fuzz` sets GNOMON_FUZZ: the rooms that read what others sent are then compiled with coverage for libFuzzer,
/// and the fuzz targets become a library for its driver. Without it they are a test, which replays their inputs.
let isFuzzing = Context.environment["GNOMON_FUZZ"] != nil
let read: [SwiftSetting] = strict + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer"])] : [])
let fuzzedRooms: [Target.Dependency] = [
  "Agent", "Capture", "COpenSSL", "Decryption", "ProviderRules", "RuleBundles", "StrictYAML",
  "TokenEstimation", "TrafficModel", "WireFormat",
]

/// What hostile input is fed to; docs/fuzzing.md.
let fuzzTargets: [Target] =
  isFuzzing
  ? [
    .target(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
    .target(
      name: "FuzzTargets", dependencies: fuzzedRooms, path: "Fuzzing/Targets",
      exclude: ["ReplayTests.swift"], swiftSettings: read),
    .executableTarget(
      name: "gnomon-fuzz", dependencies: ["CLibFuzzer", "FuzzTargets"], path: "Fuzzing/Driver",
      swiftSettings: strict, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]),
  ]
  : [
    .testTarget(
      name: "FuzzTargets", dependencies: fuzzedRooms, path: "Fuzzing/Targets",
      swiftSettings: strict)
  ]

/// `scripts/bench-rules` sets GNOMON_BENCH.
let benchTargets: [Target] =
  Context.environment["GNOMON_BENCH"] == nil
  ? []
  : [
    .executableTarget(
      name: "gnomon-rule-bench", dependencies: ["ProviderRules"], path: "Benchmarks/RuleLookup",
      swiftSettings: strict)
  ]

let package = Package(
  name: "gnomon",
  products: [.executable(name: "gnomon", targets: ["gnomon"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // C libraries of the system, one module map each.
    .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CPacket"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSyncfs"),
    .systemLibrary(name: "CPrefetch"),

    // The rooms.
    .target(name: "WireFormat", dependencies: ["COpenSSL"], swiftSettings: read),
    .target(
      name: "TrafficModel", dependencies: ["CPrefetch", "WireFormat"], swiftSettings: read),
    .target(name: "StrictYAML", dependencies: ["CYAML"], swiftSettings: read),
    .target(
      name: "ProviderRules", dependencies: ["StrictYAML", "WireFormat"], swiftSettings: read),
    // Rule files in one signed file, for `gnomon rules bundle` and `gnomon rules update`.
    .target(
      name: "RuleBundles", dependencies: ["COpenSSL", "CZlib", "WireFormat"], swiftSettings: read),
    .target(
      name: "TokenEstimation", dependencies: ["StrictYAML", "TrafficModel", "WireFormat"],
      swiftSettings: read),
    .target(
      name: "Capture", dependencies: ["CPacket", "CPcap", "CZlib", "CZstd", "WireFormat"],
      swiftSettings: read),
    // Reads what an operator gave the keys of; only `gnomon calibrate` uses it.
    .target(
      name: "Decryption", dependencies: ["CBrotli", "COpenSSL", "CZlib", "CZstd", "WireFormat"],
      swiftSettings: read),
    .target(
      name: "RecordStore",
      dependencies: [
        "ProviderRules", "TokenEstimation", "WireFormat",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "Reports",
      dependencies: ["COpenSSL", "ProviderRules", "RecordStore", "TokenEstimation", "WireFormat"],
      swiftSettings: strict),
    .target(
      name: "Agent",
      dependencies: [
        "CSyncfs", "Capture", "Decryption", "ProviderRules", "RecordStore", "Reports",
        "RuleBundles", "StrictYAML", "TokenEstimation", "TrafficModel", "WireFormat",
      ],
      swiftSettings: read),
    .executableTarget(
      name: "gnomon",
      dependencies: ["Agent", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),

    .testTarget(name: "WireFormatTests", dependencies: ["WireFormat"], swiftSettings: strict),
    .testTarget(
      name: "TrafficModelTests", dependencies: ["TrafficModel", "WireFormat"],
      swiftSettings: strict),
    .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"], swiftSettings: strict),
    .testTarget(
      name: "ProviderRulesTests", dependencies: ["ProviderRules", "StrictYAML", "WireFormat"],
      swiftSettings: strict),
    .testTarget(
      name: "RuleBundlesTests", dependencies: ["RuleBundles", "WireFormat"],
      swiftSettings: strict),
    .testTarget(
      name: "TokenEstimationTests",
      dependencies: ["StrictYAML", "TokenEstimation", "TrafficModel", "WireFormat"],
      swiftSettings: strict),
    .testTarget(
      name: "CaptureTests",
      dependencies: ["CPacket", "CPcap", "CZlib", "CZstd", "Capture", "WireFormat"],
      swiftSettings: strict),
    // Only the tests compress with it.
    .systemLibrary(
      name: "CBrotliEncoder", path: "Tests/CBrotliEncoder", pkgConfig: "libbrotlienc",
      providers: [.apt(["libbrotli-dev"])]),
    .testTarget(
      name: "DecryptionTests",
      dependencies: [
        "Agent", "CBrotliEncoder", "CZlib", "CZstd", "Capture", "Decryption", "TokenEstimation",
        "WireFormat",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RecordStoreTests",
      dependencies: ["ProviderRules", "RecordStore", "TokenEstimation", "WireFormat"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["ProviderRules", "RecordStore", "Reports", "TokenEstimation", "WireFormat"],
      swiftSettings: strict),
    .testTarget(
      name: "AgentTests",
      dependencies: [
        "Agent", "Capture", "Decryption", "ProviderRules", "RecordStore", "Reports", "RuleBundles",
        "StrictYAML", "TokenEstimation", "TrafficModel", "WireFormat",
      ],
      swiftSettings: strict),
  ] + fuzzTargets + benchTargets
)
