#!/usr/bin/env bash
# The entry for TPM (https://github.com/tmux-plugins/tpm):  set -g @plugin 'OWNER/agent-mesh'
# It loads the hooks and options; the programs come from ./install.sh in this directory.
#
# No key is taken unless you name one:  set -g @agent-mesh-key A   then `prefix A` opens the picker.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ ! -x "$HOME/bin/agent-register-hook" ]; then
  tmux display-message "agent-mesh: its programs are not installed; run $here/install.sh"
  exit 0
fi
tmux source-file "$here/tmux/agent-mesh.conf"
key=$(tmux show-option -gqv @agent-mesh-key)
if [ -n "$key" ]; then
  if command -v fzf >/dev/null; then
    # shellcheck disable=SC2088  # tmux's shell expands it
    tmux bind-key "$key" display-popup -E -w 90% -h 80% '~/bin/agent-mesh pick'
  else
    # shellcheck disable=SC2088
    tmux bind-key "$key" run-shell -b '~/bin/agent-mesh pick --menu'
  fi
fi
