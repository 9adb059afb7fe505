#!/usr/bin/env bash
# fuzz.sh: libFuzzer over everything that reads bytes from outside. What it finds is left in Tests/Fuzz/Corpus/TARGET,
# where the ordinary tests replay it.
#
#   scripts/fuzz.sh [--seconds N] [TARGET...]      default: 60 seconds each, every target
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=60 targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=${2:?--seconds wants a number}; shift ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
build=.build-fuzz
package=$(basename "$PWD" | tr '[:upper:]' '[:lower:]' | tr -c '[:alnum:]\n' _)
swift build --scratch-path "$build" -Xswiftc -sanitize=fuzzer --target FuzzTargets
products=$build/debug
# The objects of the sources there are now: those of sources that are gone stay in the folder.
mapfile -t objects < <(sed -n 's/^ *"object": "\(.*\)",$/\1/p' \
  "$products"/{FuzzTargets,Mesh,MeshCrypto}.build/output-file-map.json)
swiftc -sanitize=fuzzer -parse-as-library -package-name "$package" -I "$products/Modules" -I CSodium \
  Tests/Fuzz/Harness/Harness.swift "${objects[@]}" -l:libsodium.a -o "$build/fuzz"
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(
  AGENT_MESH_FUZZ='' "$build/fuzz" </dev/null 2>/dev/null | sed -n 's/.*one of: //p' | tr ' ' '\n')
failed=''
for target in "${targets[@]}"; do
  found=Tests/Fuzz/Corpus/$target work=$build/corpus/$target
  mkdir -p "$work"
  corpus=("$work")
  [ ! -d "$found" ] || corpus+=("$found")
  # Without SWIFT_BACKTRACE=enable=no Swift's own backtracer takes the trap, and the run can hang.
  echo "$target: $seconds s"
  AGENT_MESH_FUZZ=$target AGENT_MESH_FUZZ_SEEDS=$work SWIFT_BACKTRACE=enable=no \
    timeout -s KILL $((seconds + 120)) "$build/fuzz" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work/found-" "${corpus[@]}" \
    </dev/null >"$build/$target.log" 2>&1 || failed+=" $target"
  grep -hE 'number_of_executed_units|Fatal error|SUMMARY' "$build/$target.log" | sed 's/^/  /' || true
  for file in "$work"/found-*; do
    [ -e "$file" ] || continue
    mkdir -p "$found"
    mv "$file" "$found/"
  done
done
[ -z "$failed" ] || { echo "found something:$failed (see $build/TARGET.log)"; exit 1; }
