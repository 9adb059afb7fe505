"""bench-felt.py WORLD RECIPIENT PROFILES ROUNDS [JSON]: what a person or an agent feels of a message: how long until the Enter
that submits it, from what the recipient shows to our verdict, and the whole process. Called by bench.sh as alice.

The recipients behave as the agents that they are named after: which pastes they take whole, what a quick Enter does. Each is
sent a first message, and one right after another. Beside it stands what people use instead: send-keys, a sleep of 1.5 s
(time for a slow agent to draw), Enter. All in turns in one run."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

world, recipient, profiles, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
told = sys.argv[5] if len(sys.argv) > 5 else None
tmux = os.environ.get("TMUX_BIN", "tmux")
body = "tests green; pushing to main"

# name -> how it behaves, and the built-in profile whose pauses are ours for it
KINDS = {
    "unknown": (["--frame", "none"], None),
    "like-claude": (["--fold-lines", "4", "--backslash"], "claude-code"),
    "like-codex": (["--burst", "120", "--burst-keys-only", "--popup"], "codex"),
    "like-vibe": (["--merge-queue", "--popup"], "mistral-vibe"),
    "like-aider": (["--echo-delay", "20"], "aider"),
}


def pauses(name):
    with open(f"{profiles}/{name}.toml") as file:
        return [line for line in file if line.startswith(("enter_delay", "settle"))]


def start(kind):
    flags, profile = KINDS[kind]
    program = f"{world}/alice/{kind}"
    shutil.copy(recipient, program)
    if profile:
        os.makedirs(f"{world}/alice/.agents/profiles", mode=0o700, exist_ok=True)
        path = f"{world}/alice/.agents/profiles/{kind}.toml"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f'kind = "agent"\nprocess = "{kind}"\nprompt = "❯\\u00A0"\nabove = "rule"\nbelow = "rule"\n'
                       f'busy = "esc to interrupt"\nsent = "❯ "\nbrackets = true\ntakes_while_busy = true\n'
                       f'trailing_space = true\n' + "".join(pauses(profile)))
    events = f"{world}/alice/{kind}.events"
    subprocess.run([tmux, "new-window", "-d", "-t", "desk:", "-n", kind, program, "--record", os.devnull,
                    "--submissions", events] + flags, check=True)
    while not taken(events, "ready"):
        time.sleep(0.02)
    return events


def taken(events, kind):
    """The moments, in milliseconds of the monotonic clock."""
    if not os.path.exists(events):
        return []
    with open(events) as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [line["at"] for line in lines if line["kind"] == kind]


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC) * 1000


def send(kind, events):
    """(to its Enter, from there to our verdict, whole), in milliseconds."""
    before = len(taken(events, "submitted"))
    begin = now()
    done = subprocess.run(["notify-pane", f"alice-desk-{kind}", body], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = now()
    if done.returncode != 0:
        sys.exit(f"{kind}: {done.stderr.decode()}")
    entered = taken(events, "submitted")[before:]
    if len(entered) != 1:
        sys.exit(f"{kind}: taken {len(entered)} times")
    return entered[0] - begin, end - entered[0], end - begin


def by_hand(kind, events):
    """What people use instead."""
    before = len(taken(events, "submitted"))
    begin = now()
    subprocess.run([tmux, "send-keys", "-t", f"desk:{kind}", "-l", body], check=True)
    time.sleep(1.5)
    subprocess.run([tmux, "send-keys", "-t", f"desk:{kind}", "Enter"], check=True)
    for _ in range(200):
        entered = taken(events, "submitted")[before:]
        if entered:
            return entered[0] - begin
        time.sleep(0.005)
    return None


def whole(command):
    begin = now()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return now() - begin


def main():
    found = {}

    def note(kind, what, value):
        found.setdefault(kind, {}).setdefault(what, []).append(value)

    events = {kind: start(kind) for kind in KINDS}
    for _ in range(rounds):
        note("reader", "send-keys", whole([tmux, "send-keys", "-t", "desk:plain", body, "Enter"]))
        note("reader", "whole", whole(["notify-pane", "alice-desk-reader", body]))
        for kind, file in events.items():
            time.sleep(1)
            for name in ("first", "after"):
                enter, verdict, process = send(kind, file)
                note(kind, f"{name} enter", enter)
                note(kind, f"{name} verdict", verdict)
                note(kind, f"{name} whole", process)
    for kind, file in events.items():
        for _ in range(min(rounds, 5)):
            time.sleep(1)
            entered = by_hand(kind, file)
            note(kind, "by hand", entered if entered is not None else float("nan"))
    rows = {kind: {what: round(statistics.median(values), 1) for what, values in columns.items()}
            for kind, columns in found.items()}
    print("  medians in ms               to Enter   to verdict    whole   right after:  Enter  verdict    whole    by hand")
    for kind, row in rows.items():
        if kind == "reader":
            print(f"  a program that reads lines  {'':33}{row['whole']:7.0f}   {row['whole'] / row['send-keys']:.2f} × tmux send-keys")
            continue
        cells = [row[f"{name} {what}"] for name in ("first", "after") for what in ("enter", "verdict", "whole")]
        print(f"  {kind:26}{cells[0]:10.0f}{cells[1]:13.0f}{cells[2]:9.0f}{cells[3]:21.0f}{cells[4]:9.0f}{cells[5]:9.0f}"
              f"{row['by hand']:11.0f}")
    if told:
        with open(told, "w") as file:
            json.dump({"rounds": rounds, "unit": "ms, medians", "rows": rows}, file, indent=2)


main()
