#!/usr/bin/env bash
# mutate.sh: removes each check of the rules of the receive path, of keys and of slices, one at a time, in a copy that is built
# once; a test has to fail. It prints what it removed and what came of it; a survivor is a check that nothing would miss
# (exit 1).
#
#   scripts/mutate.sh [WORD...]      only the files whose path has one of the words: Received, Replay, Access, Keys …
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1-} in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
nice python3 scripts/mutate.py "$scratch" "$@"
