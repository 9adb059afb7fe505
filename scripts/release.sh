# Sourced: how the program that people run is built. Needs words.sh.
# shellcheck shell=bash disable=SC2154 # scratch is from words.sh

# Leaves .build/release/agent-mesh below DIRECTORY. A static, position-independent program where the linker can make one:
# it starts sooner, runs with any libc or none, and its address space is randomised as before. Elsewhere (macOS, no static
# libc) only Swift's own library is linked in. (No path to libraries stands in it: a static program that has one does not start.)
# On Linux all symbols are bound at the start, and what is constant cannot be written then; scripts/check-elf.sh looks. The
# names of files in it begin at the project, wherever it was built.
build_release() { # DIRECTORY
  local static=() here list
  here=$(cd "$1" && pwd -P)
  if [ "$(uname -s)" = Linux ]; then
    static=(--disable-local-rpath -Xlinker -z -Xlinker now -Xlinker -z -Xlinker relro)
    # Packed, the list of addresses that the program corrects at its start has 10 kB instead of 1.1 MB. A libc before 2.36
    # cannot read it so.
    for list in relr none; do
      can_link_static_pie "$list" || continue
      static+=(-Xswiftc -use-ld=lld -Xswiftc -Xclang-linker -Xswiftc -static-pie -Xlinker "--pack-dyn-relocs=$list")
      static+=(-Xlinker -T -Xlinker "$here/scripts/read-only.ld")
      break
    done
  fi
  static+=(-Xswiftc -file-prefix-map -Xswiftc "$here=.")
  swift build --package-path "$1" -c release --static-swift-stdlib ${static[@]+"${static[@]}"} --product agent-mesh
}

can_link_static_pie() { # LIST
  echo 'print("runs")' >"$scratch/probe.swift"
  swiftc -static-stdlib -use-ld=lld -Xclang-linker -static-pie -Xlinker "--pack-dyn-relocs=$1" \
    -o "$scratch/probe" "$scratch/probe.swift" &&
    [ "$("$scratch/probe")" = runs ]
} >/dev/null 2>&1
