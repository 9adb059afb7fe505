#!/usr/bin/env bash
# demo.sh PROGRAM: what ./install.sh --demo shows. Two private accounts send each other signed messages; every step says
# what it expects, and the exit status is 0 only if all of it came.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=scripts/words.sh
. "$here/words.sh"
# shellcheck source=scripts/two-accounts.sh
. "$here/two-accounts.sh"
at_exit=(accounts_down)
program=$(realpath "${1:?usage: demo.sh PROGRAM}")
wrong=0 right=0

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

expect() { # WHAT COMMAND...
  local what=$1; shift
  if "$@" >/dev/null 2>&1; then right=$((right + 1)); say ok "$what"; else wrong=$((wrong + 1)); say FAIL "$what"; fi
}

# --- panes ------------------------------------------------------------------------------------------------------------

screen() { tmux_of "$1" capture-pane -p -J -t "desk:$2"; } # NAME WINDOW
show() { printf '\n    %s'"'"'s screen, window %s:\n' "$1" "$2"; screen "$1" "$2" | sed -n '/./s/^/    | /p'; echo; }
shows() { screen "$1" "$2" | grep -qF -- "$3"; } # NAME WINDOW TEXT
hides() { ! shows "$@"; }
count() { screen "$1" "$2" | grep -cF -- "$3" || true; }

# Alice types a command into her own shell; her prompt shows the exit status of the last one.
types() { # EXPECTED-STATUS COMMAND
  local before prompt='^\[[0-9]+\] alice\$'
  before=$(tmux_of alice capture-pane -p -J -S - -t desk:writer | grep -cE "$prompt" || true)
  tmux_of alice send-keys -t desk:writer -l -- "$2"
  tmux_of alice send-keys -t desk:writer Enter
  await 30 prompted $((before + 1)) || true
  tmux_of alice capture-pane -p -J -S - -t desk:writer | awk -v p="$prompt" '
    $0 ~ p { last = this; this = NR } { row[NR] = $0 } END { for (i = last; i < this; i++) print "    | " row[i] }'
  expect "it ended with $1" asked_status "$1"
}
prompted() { [ "$(tmux_of alice capture-pane -p -J -S - -t desk:writer | grep -cE '^\[[0-9]+\] alice\$')" -ge "$1" ]; }
asked_status() { tmux_of alice capture-pane -p -J -t desk:writer | sed '/^$/d' | tail -n 1 | grep -qE "^\[$1\] alice"; }

# --- envelopes made with stock tools ----------------------------------------------------------------------------------

# The bytes of a message from alice to bob, signed by ssh-keygen with the key that is given.
envelope() { # KEY-FILE TEXT OUT
  local part=$world/statement id to_key
  id=$(head -c 16 /dev/urandom | base32 | tr -d = | tr '[:upper:]' '[:lower:]')
  to_key=$(ssh-keygen -lf "$world/bob/.agents/keys/sign.pub" | cut -d ' ' -f 2)
  printf '%s' "$2" >"$world/body"
  cat >"$part" <<TEXT
kind: message
id: $id
from: alice-desk-writer
from-host: alice
to: bob-desk-reader
to-host: bob
to-key: $to_key
time: $(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
expires: $(date -u -d '+4 minutes' +%Y-%m-%dT%H:%M:%S.%3NZ)
reply-to: -
in-reply-to: -
options: -
seal: none
name: -
length: $(wc -c <"$world/body" | tr -d ' ')
digest: $(b2sum -l 256 "$world/body" | cut -d ' ' -f 1)
TEXT
  rm -f "$part.sig"
  ssh-keygen -q -Y sign -n message@agent-mesh -f "$1" "$part" 2>/dev/null
  { printf 'AMSH1 %d %d %d\n' "$(wc -c <"$part")" "$(wc -c <"$part.sig")" "$(wc -c <"$world/body")"
    cat "$part" "$part.sig" "$world/body"; } >"$3"
}

# Gives an envelope to bob's receiving side and takes the receipt that it answers with apart.
give() { # ENVELOPE
  local answer=$world/answer start sizes
  rm -f "$world/receipt" "$world/receipt.sig"
  as bob agent-register-hook deliver <"$1" >"$answer" 2>"$world/complaint" || true
  start=$(grep -abo '^AMSR1 ' "$answer" | tail -n 1 | cut -d : -f 1)
  [ -n "$start" ] || { say FAIL 'no receipt came back'; sed 's/^/    | /' "$world/complaint"; return 0; }
  read -ra sizes < <(tail -c +$((start + 1)) "$answer" | head -n 1)
  start=$((start + $(tail -c +$((start + 1)) "$answer" | head -n 1 | wc -c)))
  tail -c +$((start + 1)) "$answer" | head -c "${sizes[1]}" >"$world/receipt"
  tail -c +$((start + 1 + sizes[1])) "$answer" | head -c "${sizes[2]}" >"$world/receipt.sig"
  sed 's/^/    | /' "$world/receipt"
}
receipt_says() { grep -qE "^$1: $2\$" "$world/receipt"; }
not() { ! "$@"; }
receipt_verifies() { # by ssh-keygen, with the key that alice pinned for bob
  ssh-keygen -Y verify -f "$world/alice/.agents/keys/allowed_signers" -I bob -n receipt@agent-mesh \
    -s "$world/receipt.sig" <"$world/receipt"
}

# --- the walk ---------------------------------------------------------------------------------------------------------

heading 'Two private accounts, alice and bob: homes, keys, tmux servers and sshds of their own'
accounts_up "$program" "$here"
tmux_of alice -f "$world/alice/.tmux.conf" new-session -d -x 118 -y 30 -s desk -n writer 'PS1="[\$?] alice$ " exec sh -i'
tmux_of alice new-window -d -t desk: -n reader 'exec cat >/dev/null'
tmux_of bob -f "$world/bob/.tmux.conf" new-session -d -x 118 -y 30 -s desk -n reader 'exec cat >/dev/null'
tmux_of bob new-window -d -t desk: -n closed 'exec cat >/dev/null'
# Bob's windows: one lets alice's host write, one lets nobody.
tmux_of bob set-option -w -t desk:reader @agent-allow 'host:alice'
tmux_of bob set-option -w -t desk:closed @agent-allow 'none'
for name in "${both[@]}"; do
  peer=$(peer_of "$name")
  as "$name" agent-keys trust "$peer" "$(ssh-keygen -lf "$world/$peer/.agents/keys/sign.pub" | cut -d ' ' -f 2)" 2>&1 | sed 's/^/    | /'
done
for name in "${both[@]}"; do as "$name" agent-discover 2>&1 | sed 's/^/    | /'; done
await 10 prompted 1 || fail "alice's shell did not start"
listed() { [ "$(as "$1" notify-pane --list | grep -cE '^(alice-desk-(reader|writer)|bob-desk-(reader|closed))$')" = 4 ]; }
for name in "${both[@]}"; do expect "$name knows all four addresses" await 10 listed "$name"; done

heading "1. To a neighbour: alice's shell writes to the program in her other window"
types 0 'notify-pane alice-desk-reader "tests green; pushing to main"'
expect 'it arrived, verified' await 5 shows alice reader 'tests green; pushing to main'
expect 'and says who wrote it' shows alice reader '[from alice-desk-writer @ '
show alice reader

heading '2. To another host: through ssh, verified by bob with the key that he pinned for alice'
types 0 'notify-pane bob-desk-reader "schema changed at row 142"'
expect 'it arrived' await 5 shows bob reader 'schema changed at row 142'
expect 'verified' shows bob reader '[verified '
show bob reader

heading '2b. Sealed to bob'"'"'s account, and a file with a caption'
types 0 'echo "the password is in the usual place" | notify-pane --seal bob-desk-reader -'
expect 'it arrived, and says that it was sealed' await 5 shows bob reader ' sealed] the password is in the usual place'
tmux_of bob set-option -w -t desk:reader @agent-allow-files 'host:alice'
echo 'what to do next' >"$world/alice/plan.txt"
types 0 "echo 'read this first' | notify-pane --seal --file $world/alice/plan.txt bob-desk-reader -"
expect 'the file lies in the inbox, whole' await 5 cmp -s "$world/alice/plan.txt" "$world/bob/.agent-inbox/alice-desk-writer/plan.txt"
expect 'and a line tells of it' await 5 shows bob reader 'read this first'
show bob reader

heading "3. Refused: bob's window \`closed\` has @agent-allow none"
types 5 'notify-pane bob-desk-closed "let me in"'
expect 'nothing was typed there' hides bob closed 'let me in'

heading "4. Forged: the bytes of a message from alice, signed by somebody else's key, given to bob's receiving side"
ssh-keygen -q -t ed25519 -N '' -C mallory -f "$world/mallory"
envelope "$world/mallory" 'rm -rf the release' "$world/forged"
give "$world/forged"
expect 'refused: it is not signed with the key that is pinned for alice' receipt_says reason key-changed
expect 'nothing was typed' hides bob reader 'rm -rf the release'

heading "5. The same, signed with alice's own key by stock ssh-keygen; the receipt is bob's signature on what happened"
envelope "$world/alice/.agents/keys/sign" 'signed with ssh-keygen' "$world/genuine"
give "$world/genuine"
expect 'delivered' receipt_says outcome '(submitted|typed)'
expect 'ssh-keygen -Y verify accepts the receipt as bob'"'"'s' receipt_verifies
echo 'outcome: altered' >>"$world/receipt"
expect 'and refuses it with a line added' not receipt_verifies
give "$world/genuine" >/dev/null
expect 'given a second time, it is not typed again' test "$(count bob reader 'signed with ssh-keygen')" = 1
show bob reader

heading 'Clearing up'
accounts_down_checked() { accounts_down && at_exit=(); }
expect 'servers ended, the scratch directory is gone' accounts_down_checked
printf '\n%d of %d as expected\n' "$right" $((right + wrong))
[ "$wrong" = 0 ]
