// swift-tools-version: 6.2
import PackageDescription

// libsodium.a where the distribution ships it: `-l:libsodium.a` is an ordinary linked library to SwiftPM,
// so no unsafeFlags are needed. The module map has no `link` line and the target no `pkgConfig:`,
// or -lsodium would be added as well and win back the shared library.
let dynamicSodium = Context.environment["AGENT_MESH_DYNAMIC_SODIUM"] != nil
let sodium = LinkerSetting.linkedLibrary(dynamicSodium ? "sodium" : ":libsodium.a")

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

// For `--version`: a release names its commit by the environment, since it is built outside of the checkout.
let commit =
  Context.environment["AGENT_MESH_COMMIT"]
  ?? Context.gitInformation.map { git in
    git.currentCommit.prefix(12) + (git.hasUncommittedChanges ? "+" : "")
  } ?? ""

let package = Package(
  name: "agent-mesh",
  products: [.executable(name: "agent-mesh", targets: ["agent-mesh"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CSodium", path: "CSodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
    .target(
      name: "MeshCrypto", dependencies: ["CSodium"], swiftSettings: settings,
      linkerSettings: [sodium]),
    // The C library of the system, under one name on all.
    .target(name: "CLibrary", swiftSettings: settings),
    // The commit that is built, for `--version`.
    .target(
      name: "CBuild", cSettings: [.define("AGENT_MESH_COMMIT", to: "\"\(commit)\"")]),
    .target(
      name: "Mesh", dependencies: ["MeshCrypto"], resources: [.embedInCode("Screen/Profiles")],
      swiftSettings: settings),
    .target(
      name: "MeshHost", dependencies: ["Mesh", "MeshCrypto", "CBuild", "CLibrary"],
      swiftSettings: settings),
    .executableTarget(
      name: "agent-mesh",
      dependencies: [
        "MeshHost", "Mesh", "MeshCrypto",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // A terminal program for the tests: behaves as real agents were measured to, and records what it read.
    .executableTarget(
      name: "test-recipient", dependencies: ["CLibrary"], path: "Tests/TestRecipient",
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["MeshHost", "Mesh", "MeshCrypto", "CLibrary"],
      path: "Tests/TestSupport", swiftSettings: settings),
    // What reads bytes from outside, for `scripts/fuzz.sh` and, without a fuzzer, for the tests.
    .target(
      name: "FuzzTargets", dependencies: ["Mesh", "MeshCrypto"], path: "Tests/Fuzz",
      exclude: ["Harness", "Corpus"], swiftSettings: settings),
    .testTarget(
      name: "MeshTests", dependencies: ["Mesh", "MeshCrypto", "TestSupport", "FuzzTargets"],
      swiftSettings: settings),
    .testTarget(
      name: "HostTests",
      dependencies: ["MeshHost", "Mesh", "MeshCrypto", "CLibrary", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "TestSupport", "MeshHost", "Mesh", "MeshCrypto", "agent-mesh", "test-recipient",
      ],
      swiftSettings: settings),
  ]
)
