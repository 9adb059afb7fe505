#!/usr/bin/env bash
# check-tmux.sh: the snippet in a private server of the installed tmux (or $AGENT_MESH_TEST_TMUX): it loads without a word,
# loads twice without stacking up, leaves other hooks and values alone, and its hook runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
snippet=$here/../tmux/agent-mesh.conf
home=$(mktemp -d "${TMPDIR:-/tmp}/am.XXXXXX")
tmux() { env -i HOME="$home" PATH="$PATH" TMUX_TMPDIR="$home" LANG=C.UTF-8 TERM=xterm "${AGENT_MESH_TEST_TMUX:-tmux}" -L snippet "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$home"' EXIT
die() { echo "check-tmux: $*" >&2; exit 1; }

mkdir "$home/bin"
# shellcheck disable=SC2016 # for the shells that read it later
# A hook that fails and chatters must not show over a pane.
printf '#!/bin/sh\necho "$*" >>"$HOME/runs"; echo noise; exit 3\n' >"$home/bin/agent-register-hook"
chmod 755 "$home/bin/agent-register-hook"
# shellcheck disable=SC2016
tmux -f /dev/null new-session -d -s 'a$(touch "$HOME/ran")' 'exec cat'
tmux set-hook -g session-created 'display-message mine'
said=$(tmux source-file "$snippet" 2>&1) || die "does not load: $said"
[ -z "$said" ] || die "said: $said"
tmux set-option -g @agent-allow 'host:hub'
tmux source-file "$snippet"
[ "$(tmux show-options -gv @agent-allow)" = 'host:hub' ] || die 'overwrote a value of the user'
[ "$(tmux show-options -gv @agent-allow-files)" = '@mesh' ] || die 'no default for files'
hooks=$({ tmux show-hooks -g; tmux show-hooks -gw; } | sort -u)
[ "$(grep -c '\[7700\]' <<<"$hooks")" = "$(grep -c '^set-hook' "$snippet")" ] || die "hooks: $hooks"
grep -q '^session-created\[0\] display-message mine' <<<"$hooks" || die 'the hook of the user is gone'
: >"$home/runs"
tmux new-window -d 'exec cat'
for _ in $(seq 100); do [ ! -s "$home/runs" ] || break; sleep 0.05; done
[ "$(sort -u "$home/runs")" = rescan ] || die 'the hook did not run'
[ ! -e "$home/ran" ] || die "a session's name ran a command"
[ "$(tmux list-panes -a -F '#{pane_in_mode}' | sort -u)" = 0 ] || die "the hook's output shows over a pane"
