# Sourced by install.sh: puts files into an account and notes each, so that exactly these can be taken away again.
# Needs words.sh and block.sh; $manifest is the note of the last run, $scratch/manifest that of this one.
# shellcheck shell=bash disable=SC2154

# One line a thing: kind TAB path TAB detail. file: checksum; link: target; dir: made by us; block: `made` if the file was.
note() { printf '%s\t%s\t%s\n' "$1" "$2" "${3-}" >>"$scratch/manifest"; }
noted() { [ -f "$manifest" ] && cut -f 1,2 "$manifest" | grep -qxF "$1$(printf '\t')$2"; } # KIND PATH: by an earlier run
sum() { cksum <"$1"; }

# An installation that was cut short knows what it has put somewhere all the same.
save_manifest() {
  local both
  mkdir -p "$(dirname "$manifest")"
  both=$(cat "$scratch/manifest" "$manifest" 2>/dev/null | sort -u)
  printf '%s\n' "$both" >"$manifest"
}

make_dir() { # PATH
  [ -d "$1" ] && return
  make_dir "$(dirname "$1")"
  mkdir "$1" || fail "cannot make $1"
  note dir "$1"
}

# What stands there and is not ours is moved aside, never overwritten.
make_way() { # PATH
  { [ -e "$1" ] || [ -L "$1" ]; } || return 0
  [ ! -d "$1" ] || [ -L "$1" ] || fail "$1 is a directory"
  if noted file "$1" || noted link "$1"; then return 0; fi
  [ ! -e "$1.before-agent-mesh" ] || fail "$1 is not ours, and $1.before-agent-mesh exists already"
  mv "$1" "$1.before-agent-mesh"
  say ok "kept what was $1 as $1.before-agent-mesh"
}

put() { # MODE SOURCE PATH: by rename, so that a program that runs just now goes on
  make_dir "$(dirname "$3")"
  make_way "$3"
  local new
  new=$(mktemp "$3.XXXXXX")
  if ! { cat "$2" >"$new" && chmod "$1" "$new" && mv -f "$new" "$3"; }; then rm -f "$new"; fail "cannot write $3"; fi
  note file "$3" "$(sum "$3")"
}

put_link() { # TARGET PATH
  make_dir "$(dirname "$2")"
  make_way "$2"
  ln -sfn "$1" "$2"
  note link "$2" "$1"
}

take_away() { # KIND PATH DETAIL
  case $1 in
    file)
      if [ -f "$2" ] && [ "$(sum "$2")" != "$3" ]; then say kept "$2 was changed after it was installed"; return 0; fi
      [ ! -f "$2" ] || rm -f "$2" ;;
    link)
      [ "$(readlink "$2" 2>/dev/null)" = "$3" ] || return 0
      rm -f "$2" ;;
    dir) rmdir "$2" 2>/dev/null || true; return 0 ;;
    block) drop_block "$2" "$3"; return 0 ;;
  esac
  if [ -e "$2.before-agent-mesh" ] && [ ! -e "$2" ]; then
    mv "$2.before-agent-mesh" "$2"
    say ok "put back what was $2 before"
  fi
}
