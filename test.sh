#!/usr/bin/env bash
# test.sh: everything the tests need, then the tests. The last lines are the test runner's own.
#
#   AGENT_MESH_VECTORS=DIR   third-party cryptographic vectors: the tests that read them are skipped, saying so, where it is not set
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$here"
# shellcheck source=scripts/words.sh
. scripts/words.sh
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
# shellcheck source=scripts/release.sh
. scripts/release.sh

usage() { echo 'usage: ./test.sh [--tmux FILE] [--filter REGEX] [--only-checks]'; }
filter=() checks=''
while [ $# -gt 0 ]; do
  case $1 in
    --tmux | --filter)
      [ -n "${2-}" ] || { usage >&2; exit 1; }
      if [ "$1" = --filter ]; then filter=(--filter "$2"); else AGENT_MESH_TEST_TMUX=$(realpath "$2"); export AGENT_MESH_TEST_TMUX; fi
      shift ;;
    --only-checks) checks=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
  esac
  shift
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/agent-mesh.XXXXXX")
check() { # WHAT COMMAND...: silent unless it fails
  local what=$1 begin=$SECONDS; shift
  quietly "$what" "$@" || fail "$what"
  say ok "$what ($((SECONDS - begin)) s)"
}
if_present() { command -v "$1" >/dev/null && return; say skip "$1 is not installed"; return 1; }

need_packages libsodium-dev tmux openssh-client openssh-server git python3
# Hosts in network namespaces, injected delays, sandboxes and other login shells need root; elsewhere those tests say that
# they are skipped.
[ "$(id -u)" != 0 ] || need_packages iproute2 iptables gcc bubblewrap fish tcsh zsh
command -v swift >/dev/null || fail 'no swift here' 'install Swift 6.2 or later: swift.org/install'

scripts=(install.sh test.sh soak.sh bench.sh agent-mesh.tmux .ci/run scripts/*.sh)
for script in "${scripts[@]}"; do bash -n "$script" || fail "$script does not parse"; done
! if_present shellcheck || check 'shell scripts' shellcheck -x "${scripts[@]}"
! if_present mandoc || check 'manual pages' mandoc -T lint -W warning man/*.[1-8]
check 'tmux snippet' scripts/check-tmux.sh
check 'rooms' python3 scripts/check-rooms.py
check 'format' swift format lint --strict -r Sources Tests Package.swift

# Full Foundation would cost 4 ms at every start and 50 MB. Its symbols carry the module's name; FoundationEssentials has another.
no_foundation() {
  local program=$1
  if ldd "$program" 2>/dev/null | grep -E 'libFoundation(\.so|Internationalization|Networking|XML)'; then return 1; fi
  nm "$program" >"$scratch/symbols"
  # shellcheck disable=SC2016
  if grep -m 3 -E ' [TtDd] \$s10Foundation' "$scratch/symbols"; then return 1; fi
}
check 'release build' build_release .
check 'it starts' .build/release/agent-mesh --version
check 'no full Foundation in it' no_foundation .build/release/agent-mesh
[ "$(uname -s)" != Linux ] || check 'what is constant is read-only' scripts/check-elf.sh .build/release/agent-mesh
check 'demo' scripts/demo.sh .build/release/agent-mesh
check 'debug build with tests' swift build --build-tests
[ -z "$checks" ] || exit 0
# The tests run the program as it is released, which starts several times sooner than a debug build.
export AGENT_MESH_TEST_PROGRAM=$here/.build/release/agent-mesh
swift test --skip-build ${filter[@]+"${filter[@]}"}
