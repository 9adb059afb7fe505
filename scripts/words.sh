# Sourced by the scripts of this project: what they say, how they end, and long commands run silently.
# shellcheck shell=bash

say() { # MARK TEXT [COMMAND]: one line a step, and the command to run next where there is one
  printf '  %-5s %s\n' "$1" "$2"
  [ -z "${3-}" ] || printf '          %s\n' "$3"
}
fail() { say FAIL "$@" >&2; exit 1; }

scratch='' child='' at_exit=() # a directory to remove, a process to end, a command to run, whatever ends the script
cleanup() {
  [ -z "$child" ] || kill "$child" 2>/dev/null || true
  [ ${#at_exit[@]} = 0 ] || "${at_exit[@]}" || true
  [ -z "$scratch" ] || rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a command silently; on a terminal, a line tells from the first second on that it is still at work.
quietly() { # TITLE COMMAND...
  local title=$1 log=$scratch/log start=$SECONDS; shift
  "$@" >"$log" 2>&1 </dev/null & child=$!
  while [ -t 2 ] && [ "${TERM:-dumb}" != dumb ] && kill -0 "$child" 2>/dev/null; do
    sleep 1
    printf '\r\033[K  ...   %s, %d s  %s' "$title" $((SECONDS - start)) \
      "$(tail -n 1 "$log" | LC_ALL=C tr -dc '[:print:]' | cut -c 1-60)" >&2
  done
  [ ! -t 2 ] || [ "${TERM:-dumb}" = dumb ] || printf '\r\033[K' >&2
  local status=0
  wait "$child" || status=$?
  child=''
  [ "$status" = 0 ] || { tail -n 40 "$log" >&2; return "$status"; }
}
