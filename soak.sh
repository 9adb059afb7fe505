#!/usr/bin/env bash
# soak.sh: the long runs, which ./test.sh leaves out: every fault at every step, many times over.
# A release is made as well, and taken into a clean Debian root where that is possible.
# Arguments go on to `swift test`, for instance --filter SoakDelivery. AGENT_MESH_SOAK above 1: so many sends a behaviour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./test.sh --only-checks
export AGENT_MESH_SOAK=${AGENT_MESH_SOAK:-1}
if [ $# = 0 ]; then
  set -- --filter '[Ss]oak'
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    release=$(mktemp -d "${TMPDIR:-/tmp}/agent-mesh.XXXXXX")
    trap 'rm -rf "$release"' EXIT
    version=$(sed -n 's/.*static let text = "\(.*\)"/\1/p' Sources/agent-mesh/Version.swift)
    scripts/make-release --out "$release" --binary .build/release/agent-mesh "$version"
    scripts/check-release.sh "$release"
  else
    echo '  skip  no clean Debian root to take a release into: that needs root on Debian'
  fi
fi
swift test --skip-build "$@"
