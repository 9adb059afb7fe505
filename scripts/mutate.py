"""Removes the checks of the receive path, of keys and of slices one by one, and expects that it is noticed: see mutate.sh."""
import os
import re
import shutil
import subprocess
import sys

# The rules of the receive path, where every check stands that is a line of the protocol; then those of keys and slices:
# what makes this account believe another one.
RULES = [
    "Sources/Mesh/Form/FieldLines.swift",
    "Sources/Mesh/Envelope/Statement.swift",
    "Sources/Mesh/Envelope/Receipt.swift",
    "Sources/Mesh/Message/Received.swift",
    "Sources/Mesh/Message/Current.swift",
    "Sources/Mesh/Message/Counted.swift",
    "Sources/Mesh/Message/Replay.swift",
    "Sources/Mesh/Message/Authorised.swift",
    "Sources/Mesh/Access/AllowList.swift",
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
      exclude: ["Registry/RegistrySyncCostTests.swift"],
      sources: ["Envelope", "Message", "Files", "Access", "Keys", "Overview", "Registry", "Crypto/CryptoTestBytes.swift", "Text/TextGenerator.swift"],
      swiftSettings: settings),
  ]
)
"""


# The tests are built once, with every check behind a switch.
SWITCH = """#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
enum Mutant {
  private static let number = getenv("AGENT_MESH_MUTANT").map { Int(atoi($0)) }
  static func isOff(_ check: Int) -> Bool { check == number }
}
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


def switched(text, first):
    """The text with a switch at each check, numbered from `first`, and what each one takes away: (line, what, number), where the
    number is None for a binding that the rest of the file uses: without it nothing compiles."""
    edits, checks = [], []

    def add(position, said, start, end, replaced):
        number = first + sum(check[2] is not None for check in checks)
        edits.append((start, end, replaced.replace("OFF", f"Mutant.isOff({number})")))
        checks.append((text.count("\n", 0, position) + 1, " ".join(said.split()), number))

    for found in re.finditer(r"^ *guard ", text, re.M):
        other = re.compile(r"\belse\s*\{").search(text, found.end())
        condition = text[found.end():other.start()]
        for start, stop in conditions(condition):
            part = condition[start:stop].strip()
            bound = re.match(r"(?:let|var) (\w+)", part)
            if bound and re.search(rf"\b{bound[1]}\b", text[found.end() + stop:]):
                checks.append((text.count("\n", 0, found.start()) + 1, " ".join(part.split()), None))
                continue
            word, tested = ("try ", part[4:]) if part.startswith("try ") else ("", part)
            add(found.start(), "guard " + part, found.end() + start, found.end() + stop,
                f" {word}(OFF ? true : {tested}) ")
    for found in re.finditer(r"^( *)(try [A-Z]\w*\.check\(.*\))$", text, re.M):
        add(found.start(), found[2], found.start(2), found.end(), f"if !OFF {{ {found[2]} }}")
    for found in re.finditer(r"^ *if (?=[^\n]*\{)", text, re.M):
        line = text[found.end():text.index("\n", found.end())]
        stop = found.end() + len(line)
        end = closing(text, stop - 1) if line.endswith("{") else stop
        body = text[found.end():end]
        if re.search(r"\b(return|throw)\b", body) and not text[end:].startswith(" else"):
            add(found.start(), "if " + line, found.end(), found.end(), "!OFF, ")
    for found in re.finditer(r"^( *)(do \{\s*try \w+\.verify\((?:[^{}])*\} catch \{ throw \.\w+ \})$", text, re.M):
        add(found.start(), found[2], found.start(2), found.end(), f"if !OFF {{ {found[2]} }}")
    for found in re.finditer(r"^ *case [^\n]*: (?=return \.(?:interrupted|again\(found\))$)", text, re.M):
        add(found.start(), text[found.start():text.index("\n", found.end())], found.end(), found.end(),
            "if OFF { return .fresh(ReplayTicket(counted)) }; ")
    for start, end, replaced in sorted(edits, reverse=True):
        text = text[:start] + replaced + text[end:]
    return text, checks


def run(folder, words, limit, number=-1):
    """Exit status, and what was said; 124 when it took too long, which a test that hangs does."""
    try:
        done = subprocess.run(
            words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
            env=os.environ | {"AGENT_MESH_MUTANT": str(number)})
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return 124, "it took too long"


def suites(folder, room):
    """The names of the room's suites, as `swift test --filter` wants them."""
    names = []
    for top, _, files in os.walk(os.path.join(folder, "Tests/MeshTests", room)):
        for name in files:
            with open(os.path.join(top, name)) as file:
                names += re.findall(r"@Suite[^\n]*?(?:\n)?(?:struct|class|enum) (\w+)", file.read())
    return names


def verdict(folder, room, number):
    """The room's own tests are asked first, then all others."""
    own = suites(folder, room)
    for words in [["--filter", r"ReceiveTests\.(" + "|".join(own) + ")/"] if own else [], []]:
        code, said = run(folder, ["swift", "test", "--skip-build", "--disable-xctest", *words], 300, number)
        if code != 0:
            failed = re.findall(r"✘ Test (\S+|\".*?\") (?:recorded|with|failed)", said)
            return "fails " + (failed[0] if failed else "a test")
    return "SURVIVED"


def prepared(root, folder, wanted):
    """The copy, with a switch at each check of the wanted files: built once. -> (path, line, what, number)"""
    for name in ["CSodium", "Sources/Mesh", "Sources/MeshCrypto", "Tests/TestSupport", "Tests/MeshTests"]:
        shutil.copytree(os.path.join(root, name), os.path.join(folder, name), dirs_exist_ok=True)
    for name, text in [("Package.swift", PACKAGE), ("Sources/Mesh/Mutant.swift", SWITCH)]:
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    all_checks, count = [], 0
    for path in RULES:
        if wanted and not any(word in path for word in wanted):
            continue
        with open(os.path.join(folder, path)) as file:
            text, checks = switched(file.read(), count)
        with open(os.path.join(folder, path), "w") as file:
            file.write(text)
        count += sum(number is not None for _, _, number in checks)
        all_checks += [(path, *check) for check in sorted(checks, key=lambda check: check[0])]
    code, said = run(folder, ["swift", "build", "--build-tests"], 3600)
    if code != 0:
        sys.exit("mutate: with the switches it does not build\n" + "\n".join(re.findall(r".*error:.*", said)[:20]))
    code, said = run(folder, ["swift", "test", "--skip-build", "--disable-xctest"], 900)
    if code != 0:
        sys.exit("mutate: the tests fail before anything is removed\n" + said[-2000:])
    return all_checks


def main():
    folder, survivors, count = sys.argv[1], 0, 0
    for path, line, said, number in prepared(os.getcwd(), folder, sys.argv[2:]):
        room = path.split("/")[2]
        result = "what follows needs it" if number is None else verdict(folder, room, number)
        count += 1
        survivors += result == "SURVIVED"
        print(f"{path}:{line}: {said}\n    {result}", flush=True)
    print(f"{count} checks removed, {survivors} survivors")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
