#!/usr/bin/env python3
"""Which room of a target uses which: every arrow has to stand in scripts/rooms.txt, and arrows make no circle.

A room is a folder of a target. An arrow is a type that one room declares and another one names. `--print` shows the arrows
as they are. The table of rooms in CONTRIBUTING.md has to name every room, and only files that are there.
"""
import collections, pathlib, re, sys

root = pathlib.Path(__file__).resolve().parent.parent
DECLARED = re.compile(r"^(?:package |private |fileprivate |indirect |final |~?\w+\(.*?\) )*"
                      r"(?:struct|enum|class|actor|protocol|typealias) (\w+)", re.M)

NESTED = re.compile(r"^ +.*\b(?:struct|enum|class|actor|protocol|typealias) (\w+)", re.M)


def arrows(target):
    """-> {(room, room): {type names}}"""
    texts = {}
    for file in sorted((root / "Sources" / target).rglob("*.swift")):
        room = file.relative_to(root / "Sources" / target).parts[0]
        code = re.sub(r'//.*|"(?:\\.|[^"\\\n])*"', "", file.read_text())
        texts.setdefault(room, []).append(code)
    owners, nested = collections.defaultdict(set), collections.defaultdict(set)
    for room, files in texts.items():
        for code in files:
            for name in DECLARED.findall(code):
                owners[name].add(room)
            nested[room] |= set(NESTED.findall(code))
    found = collections.defaultdict(set)
    for room, files in texts.items():
        words = set(re.findall(r"\b[A-Z]\w+", "\n".join(files)))
        for name in words:
            if len(owners.get(name, ())) == 1 and room not in owners[name] and name not in nested[room]:
                found[room, next(iter(owners[name]))].add(name)
    return found


def circle(pairs):
    """-> the rooms that stand in a circle"""
    after = collections.defaultdict(set)
    for one, other in pairs:
        after[one].add(other)
    left = {room for pair in pairs for room in pair}
    while True:
        ends = {room for room in left if not after[room] & left}
        if not ends:
            return left
        left -= ends


def untrue():
    """-> what the table of rooms in CONTRIBUTING.md leaves out, or says of a file that is not there"""
    files = collections.defaultdict(set)
    for target in ["Mesh", "MeshHost"]:
        for file in (root / "Sources" / target).rglob("*.swift"):
            files[file.relative_to(root / "Sources" / target).parts[0]].add(file.stem)
    for file in (root / "Sources/agent-mesh/Commands").rglob("*/*.swift"):
        files[file.parent.name].add(file.stem)
    rooms, wrong = set(), []
    rows = re.findall(r"^\| ([A-Z][A-Za-z, ]+) \| .* \| (`.*`) \|$", (root / "CONTRIBUTING.md").read_text(), re.M)
    for names, begin in rows:
        names = names.split(", ")
        rooms |= set(names)
        there = set().union(*(files[name] for name in names))
        wrong += [f"CONTRIBUTING.md: {', '.join(names)} has no file {name}"
                  for name in sorted(set(re.findall(r"`(\w+)`", begin)) - there)]
    listed = {line.split()[1].rstrip(":") for line in (root / "scripts/rooms.txt").read_text().splitlines()
              if line and not line.startswith("#")}
    return wrong + [f"CONTRIBUTING.md: no room {name}" for name in sorted(listed - rooms)]


def main():
    wrong = untrue()
    allowed = collections.defaultdict(set)
    for line in (root / "scripts" / "rooms.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            target, room, *others = line.replace(":", " ").split()
            allowed[target] |= {(room, other) for other in others}
    for target in allowed:
        found = arrows(target)
        if "--print" in sys.argv:
            for room in sorted({pair[0] for pair in found}):
                print(target, room + ":", *sorted(b for a, b in found if a == room))
        for pair in sorted(set(found) - allowed[target]):
            wrong.append(f"{target}: {pair[0]} uses {pair[1]} ({', '.join(sorted(found[pair])[:4])})")
        for pair in sorted(allowed[target] - set(found)):
            wrong.append(f"{target}: {pair[0]} no longer uses {pair[1]}; take it out of scripts/rooms.txt")
        if rooms := circle(set(found)):
            wrong.append(f"{target}: a circle among {', '.join(sorted(rooms))}")
    if wrong:
        print("\n".join(wrong))
    sys.exit(bool(wrong))


main()
