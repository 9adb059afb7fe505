#!/usr/bin/env bash
# check-release.sh DIR: takes what scripts/make-release left in DIR into a clean Debian root with nothing but tmux and ssh:
# the archive is unpacked, installed and used there, then the package is installed, used and purged. Needs root and debootstrap.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/words.sh
. "$here/scripts/words.sh"
# shellcheck source=scripts/packages.sh
. "$here/scripts/packages.sh"
[ -d "${1-}" ] || fail 'usage: scripts/check-release.sh DIR'
release=$(cd "$1" && pwd -P)
[ "$(id -u)" = 0 ] || fail 'a clean Debian root needs root'
scratch=$(umask 077 && mktemp -d "${TMPDIR:-/tmp}/agent-mesh.XXXXXX")
chmod 755 "$scratch"
need_packages debootstrap
(cd "$release" && quietly 'checksums' sha256sum -c SHA256SUMS) || fail 'SHA256SUMS does not hold'

clean=$scratch/root
quietly 'a clean Debian' debootstrap --variant=minbase --include=tmux,openssh-client,openssh-server,man-db bookworm "$clean" ||
  fail 'no Debian root could be made'
# In a namespace of its own, so that nothing that is started in there outlives this script.
# shellcheck disable=SC2016 # for the shells inside
inside() { # USER LINE
  unshare --mount --pid --fork --kill-child -- sh -c \
    'mount --bind "$0" "$0" && cd "$0" && mount -t proc proc proc && mount -t devpts devpts dev/pts && mount -t tmpfs tmp tmp &&
      exec chroot . su - "$1" -c "$2"' "$clean" "$1" "$2"
}
for account in ann ben; do chroot "$clean" useradd -m -s /bin/bash "$account"; done
mkdir "$clean/release"
cp "$release"/* "$clean/release/"

# shellcheck disable=SC2016 # for the shell inside
first_message='
  export TERM=screen-256color LANG=C.UTF-8
  tmux new-session -d -s dev -n sink cat && tmux new-window -t dev -n me
  agent-discover >/dev/null
  address=$(notify-pane --list | grep sink | head -n 1)
  notify-pane "$address" "tests green"
  tmux capture-pane -p -t dev:sink | grep "verified .*tests green"'

start=$SECONDS
# shellcheck disable=SC2016
inside ann 'set -e; tar -xzf /release/agent-mesh-*.tar.gz; agent-mesh-*/install.sh; PATH=$HOME/bin:$PATH;'"$first_message" ||
  fail 'the archive does not work in a clean root'
say ok "archive: unpacked, installed, first verified message after $((SECONDS - start)) s"

inside root 'dpkg -i /release/agent-mesh_*.deb' >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail 'dpkg does not take the package'; }
inside ben 'set -e; agent-mesh-install;'"$first_message"'; man -w notify-pane; agent-mesh-install --uninstall --purge' ||
  fail 'the package does not work in a clean root'
inside root 'dpkg --purge agent-mesh' >/dev/null || fail 'the package cannot be purged'
left=$(cd "$clean/usr" && find . -path '*agent-mesh*' -o -name 'notify-pane*')
[ -z "$left" ] || fail "purging leaves: $left"
say ok 'package: installed, used, purged, nothing left'
