"""Removes the checks of the receive path, of keys and of slices one by one, and expects that it is noticed: see mutate.sh."""
import os
import re
import shutil
import subprocess
import sys

# The rules of the receive path, where every check stands that is a line of the protocol; then those of keys and slices:
# what makes this account believe another one.
RULES = [
    "Sources/Mesh/Message/Received.swift",
    "Sources/Mesh/Message/Counted.swift",
    "Sources/Mesh/Message/Replay.swift",
    "Sources/Mesh/Message/Authorised.swift",
    "Sources/Mesh/Access/Access.swift",
    "Sources/Mesh/Files/Unsealing.swift",
    "Sources/Mesh/Files/FileOpening.swift",
    "Sources/Mesh/Keys/AllowedSigners.swift",
    "Sources/Mesh/Keys/KeyChain.swift",
    "Sources/Mesh/Keys/KeyStatements.swift",
    "Sources/Mesh/Keys/Pin.swift",
    "Sources/Mesh/Keys/Succession.swift",
    "Sources/Mesh/Registry/Ratchet.swift",
    "Sources/Mesh/Registry/Slice.swift",
    "Sources/Mesh/Registry/SliceText.swift",
]

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let package = Package(
  name: "agent-mesh",
  targets: [
    .systemLibrary(name: "CSodium", path: "CSodium"),
    .target(
      name: "MeshCrypto", dependencies: ["CSodium"], swiftSettings: settings,
      linkerSettings: [.linkedLibrary(":libsodium.a")]),
    .target(
      name: "Mesh", dependencies: ["MeshCrypto"], resources: [.embedInCode("Screen/Profiles")],
      swiftSettings: settings),
    .target(
      name: "TestSupport", path: "Tests/TestSupport", sources: ["SeededGenerator.swift"], swiftSettings: settings),
    .testTarget(
      name: "ReceiveTests", dependencies: ["Mesh", "MeshCrypto", "TestSupport"], path: "Tests/MeshTests",
      sources: ["Message", "Files", "Access", "Keys", "Registry", "Crypto/CryptoTestBytes.swift"],
      swiftSettings: settings),
  ]
)
"""


def closing(text, start):
    """The index after the brace that closes the one at `start`."""
    depth = 0
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    raise ValueError("a brace is not closed")


def conditions(text):
    """The parts of a guard's condition, split at the commas that stand in no bracket."""
    parts, depth, last = [], 0, 0
    for index, character in enumerate(text):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append((last, index))
            last = index + 1
    return parts + [(last, len(text))]


def mutants(path, text):
    """(line, what is removed, the text without it)."""
    for found in re.finditer(r"^ *guard ", text, re.M):
        other = re.compile(r"\belse\s*\{").search(text, found.end())
        end = closing(text, text.index("{", other.start()))
        line = text.count("\n", 0, found.start()) + 1
        condition = text[found.end():other.start()]
        parts = conditions(condition)
        if len(parts) == 1:
            said = " ".join(text[found.start():end].split())
            yield line, said, text[:found.start()] + text[end:]
            continue
        for start, stop in parts:
            said = " ".join(condition[start:stop].split())
            rest = [condition[a:b] for a, b in parts if (a, b) != (start, stop)]
            kept = text[:found.end()] + ",".join(rest).lstrip() + " " + text[other.start():]
            yield line, "guard … " + said, kept
    for found in re.finditer(r"^ *(try [A-Z]\w*\.check\(.*\)|if .*\{ (throw|return) .*\})$", text, re.M):
        line = text.count("\n", 0, found.start()) + 1
        yield line, " ".join(found.group(0).split()), text[:found.start()] + text[found.end():]
    for found in re.finditer(r"^ *if [^\n]*\{\n", text, re.M):
        end = closing(text, found.end() - 2)
        if re.search(r"\b(return|throw)\b", text[found.end():end]) and not text[end:].startswith(" else"):
            line = text.count("\n", 0, found.start()) + 1
            yield line, " ".join(found.group(0).split()) + " … }", text[:found.start()] + text[end:]
    for found in re.finditer(r"^ *do \{\s*try \w+\.verify\((?:[^{}])*\} catch \{ throw \.\w+ \}$", text, re.M):
        line = text.count("\n", 0, found.start()) + 1
        yield line, " ".join(found.group(0).split()), text[:found.start()] + text[found.end():]
    for found in re.finditer(r"^ *case [^\n]*: return \.(reused|interrupted|forgotten|again\(.*\))$", text, re.M):
        line = text.count("\n", 0, found.start()) + 1
        without = re.sub(r"return .*", "return .fresh(ticket)", found.group(0))
        yield line, " ".join(found.group(0).split()), text[:found.start()] + without + text[found.end():]


def run(folder, words, limit):
    """Exit status, and what was said; 124 when it took too long, which a test that hangs does."""
    try:
        done = subprocess.run(
            words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return 124, "it took too long"


def verdict(folder):
    code, said = run(folder, ["swift", "build", "--build-tests"], 3600)
    if code != 0:
        return "does not compile" if "error:" in said else "does not build: " + said[-400:]
    code, said = run(folder, ["swift", "test", "--skip-build"], 900)
    if code == 0:
        return "SURVIVED"
    failed = re.findall(r"Test (\S+|\".*?\") (?:recorded|with)", said)
    return "fails " + (failed[0] if failed else "a test")


def main():
    root, folder = os.getcwd(), sys.argv[1]
    wanted = sys.argv[2:]
    for name in ["CSodium", "Sources/Mesh", "Sources/MeshCrypto", "Tests/TestSupport", "Tests/MeshTests"]:
        shutil.copytree(os.path.join(root, name), os.path.join(folder, name), dirs_exist_ok=True)
    with open(os.path.join(folder, "Package.swift"), "w") as file:
        file.write(PACKAGE)
    if verdict(folder) != "SURVIVED":
        sys.exit("mutate: the tests fail before anything is removed")
    survivors = count = 0
    for path in RULES:
        if wanted and not any(word in path for word in wanted):
            continue
        full = os.path.join(folder, path)
        with open(full) as file:
            text = file.read()
        for line, said, changed in mutants(path, text):
            with open(full, "w") as file:
                file.write(changed)
            result = verdict(folder)
            count += 1
            survivors += result == "SURVIVED"
            print(f"{path}:{line}: {said}\n    {result}", flush=True)
        with open(full, "w") as file:
            file.write(text)
    print(f"{count} checks removed, {survivors} survivors")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
