#!/usr/bin/env bash
# The entry for TPM (https://github.com/tmux-plugins/tpm):  set -g @plugin 'OWNER/agent-mesh'
# It loads the hooks and options only; the programs come from ./install.sh in this directory.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tmux source-file "$here/tmux/agent-mesh.conf"
