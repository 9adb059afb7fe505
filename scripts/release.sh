# Sourced: how the program that people run is built. Needs words.sh.
# shellcheck shell=bash disable=SC2154 # scratch is from words.sh

# Leaves .build/release/agent-mesh below DIRECTORY. A static, position-independent program where the linker can make one:
# it starts sooner, runs with any libc or none, and its address space is randomised as before. Elsewhere (macOS, no static
# libc) only Swift's own library is linked in. (No path to libraries stands in it: a static program that has one does not start.)
build_release() { # DIRECTORY
  local static=()
  if [ "$(uname -s)" = Linux ] && can_link_static_pie; then
    static=(--disable-local-rpath -Xswiftc -use-ld=lld -Xswiftc -Xclang-linker -Xswiftc -static-pie)
  fi
  swift build --package-path "$1" -c release --static-swift-stdlib ${static[@]+"${static[@]}"} --product agent-mesh
}

can_link_static_pie() {
  echo 'print("runs")' >"$scratch/probe.swift"
  swiftc -static-stdlib -use-ld=lld -Xclang-linker -static-pie -o "$scratch/probe" "$scratch/probe.swift" &&
    [ "$("$scratch/probe")" = runs ]
} >/dev/null 2>&1
