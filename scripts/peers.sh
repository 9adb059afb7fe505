# Sourced by install.sh: says for each peer whether its ssh key may do more in this account than serve the mesh.
# Only public keys are read, and only from ~/.ssh/authorized_keys. Needs words.sh.
# shellcheck shell=bash

# Keys of ~/.ssh/authorized_keys that are not held to `serve`: "TYPE BLOB COMMENT" a line.
open_keys() {
  sed 's/\r$//' "$HOME/.ssh/authorized_keys" 2>/dev/null | grep -Ev '^[[:space:]]*(#|$)' |
    grep -v 'agent-register-hook serve --peer ' |
    sed -nE 's/^(.*[[:space:]])?((ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ AAAA[A-Za-z0-9+\/=]+)/\2/p'
}

report_peers() {
  local peers=$HOME/.agents/peers.conf keys=$HOME/.ssh/authorized_keys peer key count
  count=$(open_keys | grep -c . || true)
  while read -r peer; do
    if ! [[ $peer =~ ^[a-z0-9][a-z0-9-]{0,62}$ ]]; then say warn "$peers: not a host's name: ${peer//[^[:print:]]/?}"; continue; fi
    key=$(open_keys | grep -E "@$peer\$" | head -n 1 || true)
    if [ -n "$key" ]; then
      say warn "$peer: its ssh key opens a shell here; in $keys, put in place of its line:" \
        "restrict,command=\"$HOME/bin/agent-register-hook serve --peer $peer\" $key"
    elif sed 's/\r$//' "$keys" 2>/dev/null | grep -v '^[[:space:]]*#' | grep -qF "agent-register-hook serve --peer $peer\""; then
      say ok "$peer: its ssh key may do nothing here but serve the mesh"
    else
      say warn "$peer: no line of $keys holds it to the mesh's own verbs; the line that does:" \
        "agent-keys ssh-line $peer FILE-WITH-ITS-SSH-KEY.pub"
    fi
  done < <(sed 's/\r$//; s/#.*//' "$peers" | awk 'NF { print $1 }')
  [ "$count" = 0 ] || say note "$count key(s) in $keys open a shell of this account: who holds one needs no message to act here"
}
