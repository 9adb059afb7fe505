# Sourced by install.sh: the marked block in files that belong to the user. Needs words.sh and manifest.sh.
# shellcheck shell=bash disable=SC2154

block_begin='# >>> agent-mesh >>>'
block_end='# <<< agent-mesh <<<'

block_of() { awk -v b="$block_begin" -v e="$block_end" 'index($0, b) == 1, index($0, e) == 1' "$1"; } # FILE
without_block() { # FILE
  awk -v b="$block_begin" -v e="$block_end" \
    'index($0, b) == 1 { inside = 1; next } inside && index($0, e) == 1 { inside = 0; next } !inside' "$1"
}

# Both marks once and in order, or neither: anything else was edited by hand, and is left to the hand.
block_is_whole() { # FILE
  awk -v b="$block_begin" -v e="$block_end" \
    'index($0, b) == 1 { if (begun++) bad = 1 } index($0, e) == 1 { if (begun != 1 || ended++) bad = 1 }
     END { exit bad || begun != ended }' "$1"
}

# Into $scratch/new: at the end, or before a last line that runs TPM, which wants to be the last.
insert_block() { # TEXT
  if tail -n 1 "$scratch/new" 2>/dev/null | grep -Eq '^[[:space:]]*run(-shell)?[[:space:]].*tpm/tpm'; then
    { sed '$d' "$scratch/new"; printf '%s\n' "$1"; tail -n 1 "$scratch/new"; } >"$scratch/new.tpm"
    cat "$scratch/new.tpm" >"$scratch/new"
  else
    printf '%s\n' "$1" >>"$scratch/new"
  fi
}

# Written through, not replaced: the file may be a link into somebody's dotfiles.
put_block() { # FILE LINE
  local file=$1 made='' text
  text=$(printf '%s  written by install.sh; --uninstall removes it\n%s\n%s' "$block_begin" "$2" "$block_end")
  if [ -e "$file" ] && [ ! -w "$file" ]; then say warn "cannot write $file; add this line to it:" "$2"; return 0; fi
  if [ -e "$file" ] && ! block_is_whole "$file"; then
    say warn "the agent-mesh marks in $file do not pair; fix them, or add:" "$2"; return 0
  fi
  if [ -e "$file" ]; then
    without_block "$file" >"$scratch/new"
    noted block "$file" && made=$(awk -F '\t' -v f="$file" '$1 == "block" && $2 == f { print $3 }' "$manifest")
  else
    make_dir "$(dirname "$file")"
    : >"$scratch/new"
    made=made
  fi
  insert_block "$text"
  note block "$file" "$made"
  if [ -e "$file" ] && [ "$(block_of "$file")" = "$text" ]; then return 0; fi
  [ ! -e "$file" ] || [ -e "$file.before-agent-mesh" ] || cp -p "$file" "$file.before-agent-mesh"
  cat "$scratch/new" >"$file"
  say ok "a marked block in $file"
}

drop_block() { # FILE MADE
  local file=$1 before=$1.before-agent-mesh
  [ -e "$file" ] || return 0
  if ! block_is_whole "$file" || [ ! -w "$file" ]; then
    say kept "$file: its agent-mesh block cannot be taken out; do it by hand"; return 0
  fi
  without_block "$file" >"$scratch/new"
  cat "$scratch/new" >"$file"
  if [ "$2" = made ] && [ ! -s "$file" ]; then rm -f "$file"; return 0; fi
  [ -e "$before" ] || return 0
  # Nothing but ours (and, where the last line had none, a newline) came in between: byte for byte as it was.
  if cmp -s "$before" "$file" || { cat "$before"; echo; } | cmp -s - "$file"; then
    cat "$before" >"$file"
    rm -f "$before"
  else
    say kept "$before, since $file has changed besides"
  fi
}
