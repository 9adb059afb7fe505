#!/usr/bin/env bash
# soak.sh: the long runs, which ./test.sh leaves out: every fault at every step, many times over.
# Arguments go on to `swift test`, for instance --filter SoakDelivery. AGENT_MESH_SOAK above 1: so many sends a behaviour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./test.sh --only-checks
export AGENT_MESH_SOAK=${AGENT_MESH_SOAK:-1}
[ $# -gt 0 ] || set -- --filter '[Ss]oak'
exec swift test --skip-build "$@"
