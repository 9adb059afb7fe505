# Sourced by install.sh and make-release: the files with which shells complete our commands.
# shellcheck shell=bash

# The program writes them itself. What it writes for zsh gives a command with a repeated argument a second rest argument,
# for its `help` subcommand, and zsh refuses both: that one is left out.
write_completion() { # PROGRAM SHELL FILE: fails where the program has none for that shell
  "$1" --generate-completion-script "$2" >"$3" 2>/dev/null </dev/null || return 1
  grep -q "${1##*/}" "$3" || return 1
  [ "$2" = zsh ] || return 0
  awk '
    { line[NR] = $0 }
    # A list of arguments begins; whether it has a repeated one is known at its end.
    /local -ar arg_specs=\(/ { from = NR; rest = 0 }
    from && /^ *'"'"'\*:/ { rest = 1 }
    from && /^ *\)$/ {
      if (rest) for (i = from; i < NR; i++) if (line[i] ~ /:->(command|arg)'"'"'$/) line[i] = "\001"
      from = 0
    }
    END { for (i = 1; i <= NR; i++) if (line[i] != "\001") print line[i] }
  ' "$3" >"$3.fixed" && mv "$3.fixed" "$3"
}
