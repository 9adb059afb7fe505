#!/usr/bin/env bash
# check-elf.sh PROGRAM: reads a Linux program and fails where it is softer than it can be made: what an attacker could overwrite
# or run. Says what was found.
# shellcheck disable=SC2317 # called through want
set -euo pipefail
program=${1:?usage: check-elf.sh PROGRAM}
bad=0
want() { # WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok    $what"; else
    echo "FAIL  $what"
    bad=1
  fi
}
headers=$(readelf -W --file-header --program-headers --section-headers --dynamic "$program")
has() { grep -Eq -- "$1" <<<"$headers"; }
lacks() { ! has "$1"; }
# The flags of a section: the seventh word after its name.
flags() { sed -nE "s/^ *\[ *[0-9]+\] ${1//./\\.} +[A-Z_]+ +[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ [0-9a-f]+ +([A-Za-z]*) .*/\1/p" <<<"$headers"; }
is_read_only() { [ -n "$(flags "$1")" ] && [[ $(flags "$1") != *W* ]]; }
# A section lies in the part that is made read-only after relocation: by address.
in_relro() {
  local start size at
  read -r start size < <(sed -nE 's/^ *GNU_RELRO +0x[0-9a-f]+ 0x([0-9a-f]+) 0x[0-9a-f]+ 0x[0-9a-f]+ 0x([0-9a-f]+) .*/\1 \2/p' <<<"$headers")
  at=$(sed -nE "s/^ *\[ *[0-9]+\] ${1//./\\.} +[A-Z_]+ +([0-9a-f]+) .*/\1/p" <<<"$headers")
  [ -z "$at" ] || { [ -n "$start" ] && ((16#$at >= 16#$start && 16#$at < 16#$start + 16#$size)); }
}
want 'position-independent' has 'Type: +DYN'
want 'no segment is both writable and executable' lacks '(LOAD|GNU_STACK) .* RWE '
want 'the stack is not executable' has 'GNU_STACK .* RW +(0x)?[0-9]'
want 'all symbols are bound at the start' has 'BIND_NOW|Flags: .*NOW'
want 'constants are read-only (.rodata)' is_read_only .rodata
for section in .data.rel.ro .dynamic .got .got.plt .init_array .fini_array; do want "read-only after the start: $section" in_relro "$section"; done
want 'no relocations in code' lacks '\(TEXTREL\)'
want 'no path to libraries in it' lacks '\((RPATH|RUNPATH)\)'
exit $bad
