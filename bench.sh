#!/usr/bin/env bash
# bench.sh [--rounds N] [--binary FILE] [--files MB | --felt] [--json FILE]: what a message costs, as a ratio to the bare command in the same
# run, taken in turns, so that both meet the same load. Local: `tmux send-keys`. Across: `ssh peer true` over a connection
# that is open.
# With --felt: recipients that behave as agents do: until the Enter, until our verdict, the whole process; --json FILE keeps
# the medians. With --files MB: a file of so many megabytes against `ssh peer 'cat > f'`, and the processor's time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/words.sh
. scripts/words.sh
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
# shellcheck source=scripts/release.sh
. scripts/release.sh
# shellcheck source=scripts/two-accounts.sh
. scripts/two-accounts.sh

rounds='' binary='' files='' felt='' json=''
while [ $# -gt 0 ]; do
  case $1 in
    --felt) felt=1; shift; continue ;;
    --rounds) rounds=${2-} ;; --binary) binary=${2-} ;; --files) files=${2-} ;; --json) json=$(realpath -m "${2-}") ;; *) break ;;
  esac
  shift 2 || break
done
if [ -z "$rounds" ]; then if [ -n "$files" ]; then rounds=3; elif [ -n "$felt" ]; then rounds=20; else rounds=100; fi; fi
if [ $# -gt 0 ] || ! [[ $rounds =~ ^[1-9][0-9]*$ && ${files:-1} =~ ^[1-9][0-9]*$ ]]; then
  echo 'usage: ./bench.sh [--rounds N] [--binary FILE] [--files MB | --felt] [--json FILE]' >&2; exit 1
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/agent-mesh.XXXXXX")
need_packages tmux openssh-client openssh-server python3
if [ -z "$binary" ]; then
  quietly 'release build' build_release .
  strip -o "$scratch/agent-mesh" .build/release/agent-mesh
  binary=$scratch/agent-mesh
fi

at_exit=(accounts_down)
accounts_up "$binary" scripts
for name in "${both[@]}"; do
  tmux_of "$name" -f "$world/$name/.tmux.conf" new-session -d -x 118 -y 30 -s desk -n reader 'exec cat >/dev/null'
  tmux_of "$name" new-window -d -t desk: -n plain 'exec cat >/dev/null'
done
tmux_of bob set-option -w -t desk:reader @agent-allow 'host:alice'
tmux_of bob set-option -w -t desk:reader @agent-allow-files 'host:alice'
for name in "${both[@]}"; do
  peer=$(peer_of "$name")
  as "$name" agent-keys trust "$peer" "$(ssh-keygen -lf "$world/$peer/.agents/keys/sign.pub" | cut -d ' ' -f 2)" >/dev/null
done
for name in "${both[@]}"; do as "$name" agent-discover >/dev/null; done
reachable() { as alice notify-pane --list | grep -qx bob-desk-reader; }
await 10 reachable || fail "alice does not see bob's panes"

if [ -n "$files" ]; then
  as alice sync-agent-registry >/dev/null
  (umask 077 && echo 'sender_quota = 1000000000000' >"$world/bob/.agents/policy.toml")
  as alice "$(command -v python3)" scripts/bench-files.py "$world" "$files" "$rounds"
  exit
fi

if [ -n "$felt" ]; then
  quietly 'build of the recipient' swift build --product test-recipient
  as alice "$(command -v python3)" scripts/bench-felt.py "$world" .build/debug/test-recipient Sources/Mesh/Screen/Profiles \
    "$rounds" ${json:+"$json"}
  exit
fi

as alice ROUNDS="$rounds" "$(command -v python3)" - "$tmux_bin" "$world" <<'PYTHON'
import os, shutil, statistics, sys, time

tmux, world = sys.argv[1:]
rounds = int(os.environ.pop("ROUNDS"))
null = os.open(os.devnull, os.O_RDWR)

def run(argv):
    """Milliseconds from start to end of one process; it has to succeed."""
    begin = time.perf_counter()
    pid = os.posix_spawn(shutil.which(argv[0]), argv, os.environ,
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    took = (time.perf_counter() - begin) * 1000
    if status != 0:
        sys.exit(f"{argv[0]} ended with {status}: {argv}")
    return took

def compare(title, bare, *others):
    """Runs all commands in turns. Each is a name and its words; the first is what the others are compared with."""
    for _ in range(3):
        for _, argv in (bare, *others):
            run(argv)
    times = [[run(argv) for _, argv in (bare, *others)] for _ in range(rounds)]
    medians = [statistics.median(column) for column in zip(*times)]
    for (name, _), column, median in zip((bare, *others), zip(*times), medians):
        cut = statistics.quantiles(column, n=10) if rounds > 1 else column
        print(f"  {title:8} {name:28} median {median:7.2f} ms   p90 {cut[-1]:7.2f} ms   {median / medians[0]:5.2f} x")

body = "the quick brown fox jumps over the lazy dog"

# What tmux alone takes for what a delivery asks of it, in one client: the list, a look, the text, a look, Enter, a look.
look = "\n".join(["display-message -p -t desk:plain '#{cursor_x} #{cursor_y} #{pane_pid}'",
                  "capture-pane -p -e -N -t desk:plain", "list-clients -F '#{client_activity}'", "list-buffers -F '#{buffer_name}'"])
scripts = ["list-panes -a -F '#{pane_id} #{window_id} #{session_id} #{pane_pid} #{session_name} #{window_name}'", look,
           f"set-buffer -b bench '{body}'\npaste-buffer -r -d -b bench -t desk:plain\n{look}",
           f"send-keys -t desk:plain Enter\n{look}"]
asks = [tmux]
for number, script in enumerate(scripts):
    path = f"{world}/alice/bench.{number}"
    with open(path, "w") as file:
        file.write(script + "\n")
    asks += ([";"] if number else []) + ["source-file", path]

compare("local", ("tmux send-keys", [tmux, "send-keys", "-t", "desk:plain", body, "Enter"]), ("the same looks, tmux alone", asks),
        ("notify-pane --version", ["notify-pane", "--version"]), ("notify-pane", ["notify-pane", "alice-desk-reader", body]))
compare("across", ("ssh true", ["ssh", "-F", f"{world}/alice/.ssh/config", "-o", "ControlMaster=auto", "-o", "ControlPersist=60",
                                "-o", f"ControlPath={world}/bare", "--", "bob", "true"]),
        ("notify-pane", ["notify-pane", "bob-desk-reader", body]))
compare("rescan", ("tmux list-panes", [tmux, "list-panes", "-a"]), ("agent-register-hook rescan", ["agent-register-hook", "rescan"]))
PYTHON
