#!/bin/bash
# scripts/screens.sh PROGRAM [WIDTH]   the overview, the picker and the graph, as the program prints them
#
# Everything lives in a folder of its own and ends with it: a home, a tmux server with six agents, and a second
# server in which a client of the first one is looked at. For the pages and for a look after a change.
set -euo pipefail
program=$(realpath "$1") width=${2-80}
folder=$(mktemp -d)
export HOME=$folder TMUX_TMPDIR=$folder PATH=$folder/bin:$PATH LC_ALL=C.UTF-8
unset TMUX TMUX_PANE
second() { TMUX_TMPDIR=$folder/second tmux -f /dev/null "$@"; }
trap 'tmux kill-server 2>/dev/null; second kill-server 2>/dev/null; rm -rf "$folder"' EXIT

mkdir "$folder/bin" "$folder/second"
for name in agent-mesh agent-discover agent-keys agent-register-hook agent-self-identify notify-pane sync-agent-registry; do
  ln -s "$program" "$folder/bin/$name"
done
mkdir -m 700 "$folder/.agents"
echo hub >"$folder/.agents/self.conf"
agent-keys init >/dev/null

tmux -f /dev/null new-session -d -s dev -n planner -x "$width" -y 20 cat
for window in builder '世界' '🙂 docs'; do tmux new-window -d -t dev -n "$window" cat; done
tmux new-window -d -t dev -n notes 'vim -u NONE'
tmux new-window -d -t dev -n shell 'bash --norc'
tmux set -w -t dev:builder @agent-allow '@self'
agent-discover >/dev/null
for window in planner builder; do notify-pane "hub-dev-$window" "how far are you?" >/dev/null; done
notify-pane --queue hub-dev-notes "read this later" >/dev/null 2>&1

echo '== agent-mesh'
agent-mesh list
echo
echo '== agent-mesh pick --menu'
second new-session -d -s look -x "$width" -y 20 "env -u TMUX TMUX_TMPDIR=$folder tmux -u attach -t dev"
for _ in $(seq 600); do [ -n "$(tmux list-clients)" ] && break; sleep 0.1; done
agent-mesh pick --menu
for _ in $(seq 600); do second capture-pane -p -t look | grep -q 'hub-dev-builder' && break; sleep 0.1; done
second capture-pane -p -t look | sed 's/ *$//' | grep -v '^$'
echo
echo '== agent-mesh graph'
agent-mesh graph
