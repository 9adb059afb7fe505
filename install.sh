#!/usr/bin/env bash
# install.sh: builds agent-mesh and puts it into this account. `./install.sh --help` says how to call it.
# Everything it puts somewhere is noted in a manifest, so that --uninstall takes away that and nothing else.
set -euo pipefail
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

usage() {
  cat <<'TEXT'
usage: ./install.sh [--prefix DIR] [--binary FILE]
       ./install.sh --demo [--binary FILE]
       ./install.sh --uninstall [--purge] [--prefix DIR]

  (nothing)        build, and install for this account: ~/bin (and in the PATH of ~/.bashrc), ~/scripts, ~/.agents, keys,
                   tmux snippet, timer
  --binary FILE    install this agent-mesh instead of building one; an unpacked release brings its own
  --prefix DIR     use DIR in place of the home directory; the timer of the real account is left alone
  --demo           build, then show signed messages between two private accounts in a scratch directory
  --uninstall      remove what was installed; keys and ~/.agents stay
  --purge          with --uninstall: remove ~/.agents too, with keys, pins and history (~/.agent-inbox stays)

Exit status: 0 done; 1 failed, with the reason; else that of `agent-mesh doctor`, which comes last.
TEXT
}

for part in words packages release manifest block peers completions; do
  # shellcheck source=/dev/null
  . "$here/scripts/$part.sh"
done

# --- building ---------------------------------------------------------------------------------------------------------

# Leaves a stripped program at $scratch/agent-mesh: the one given, the one that came with this script, or one built here.
make_binary() {
  [ -n "$binary" ] || [ ! -x "$here/bin/agent-mesh" ] || binary=$here/bin/agent-mesh
  if [ -n "$binary" ]; then
    if ! [ -f "$binary" ] || ! [ -x "$binary" ]; then fail "$binary is not a program"; fi
    cp "$binary" "$scratch/agent-mesh"
  else
    command -v swift >/dev/null ||
      fail 'no swift here' 'install Swift 6.2 or later (swift.org/install), or take a release archive, which holds the program'
    need_packages libsodium-dev
    HOME=$real_home quietly 'building (release)' build_release "$here" || fail 'the build failed; its last lines stand above'
    strip -o "$scratch/agent-mesh" "$here/.build/release/agent-mesh" 2>/dev/null ||
      cp "$here/.build/release/agent-mesh" "$scratch/agent-mesh"
  fi
  "$scratch/agent-mesh" --version >/dev/null 2>&1 || "$scratch/agent-mesh" --help >/dev/null 2>&1 ||
    fail "${binary:-what was built} does not run on this machine" "$scratch/agent-mesh --help"
}

# --- the parts of an installation -------------------------------------------------------------------------------------

commands=(notify-pane agent-register-hook agent-discover agent-self-identify sync-agent-registry agent-keys)

install_programs() {
  local name
  # A package's program is the system's: a link follows its upgrades.
  if [ -L "$binary" ]; then
    put_link "$(readlink -f "$binary")" "$HOME/bin/agent-mesh"
  else
    put 755 "$scratch/agent-mesh" "$HOME/bin/agent-mesh"
  fi
  for name in "${commands[@]}"; do put_link agent-mesh "$HOME/bin/$name"; done
  put_link "$HOME/bin/agent-mesh" "$HOME/scripts/sync-agent-registry.sh"
  say ok "programs in $HOME/bin, sync-agent-registry.sh in $HOME/scripts"
}

# The host's name as an alias: lower case, letters, digits and dashes, not beginning with a dash.
own_alias() {
  local name
  name=$(uname -n | cut -d . -f 1 | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C tr -cs 'a-z0-9' '-' | sed 's/^-*//' | cut -c 1-63)
  name=${name%-}
  printf '%s\n' "${name:-host}"
}

seed_config() {
  local agents=$HOME/.agents
  (umask 077 && mkdir -p "$agents")
  chmod go-rwx "$agents"
  if [ ! -e "$agents/self.conf" ]; then
    (umask 077 && own_alias >"$agents/self.conf")
    say ok "this account is called $(cat "$agents/self.conf") ($agents/self.conf; change it before peers pin its key)"
  fi
  [ -e "$agents/peers.conf" ] || (umask 077 && cat >"$agents/peers.conf") <<'TEXT'
# The other hosts of the mesh, one a line, by the name that each has in its own ~/.agents/self.conf.
# `ssh NAME` has to work without questions. Where the ssh alias is another one:
#
#   worker-1
#   worker-2 ssh=build-box.example
TEXT
}

install_shell() {
  case ":$PATH:" in
    *":$HOME/bin:"*) [ ! -e "$HOME/.bashrc" ] || [ -z "$(block_of "$HOME/.bashrc")" ] || put_block "$HOME/.bashrc" "$path_line" ;;
    *)
      put_block "$HOME/.bashrc" "$path_line"
      case ${SHELL:-} in */bash | */sh | '') ;; *) say note "for ${SHELL##*/}: put $HOME/bin into PATH yourself" ;; esac ;;
  esac
}
# shellcheck disable=SC2016 # written as it stands: the shell that reads ~/.bashrc expands it
path_line='case ":$PATH:" in *":$HOME/bin:"*) ;; *) PATH="$HOME/bin:$PATH" ;; esac'

install_tmux() {
  local share=$HOME/.local/share/agent-mesh conf=$HOME/.tmux.conf hook candidate
  put 644 "$here/tmux/agent-mesh.conf" "$share/agent-mesh.conf"
  # tmux reads all of them; the first that is in use is taken.
  for candidate in "$conf" "${XDG_CONFIG_HOME:-$HOME/.config}/tmux/tmux.conf" "$HOME/.config/tmux/tmux.conf"; do
    if [ -e "$candidate" ]; then conf=$candidate; break; fi
  done
  put_block "$conf" 'source-file -q ~/.local/share/agent-mesh/agent-mesh.conf'
  if without_block "$conf" | grep -q 'agent-register-hook *o[nf]'; then
    say warn "$conf holds hooks of the original agent-mesh, which let a session's name run commands; this deletes them:" \
      "sed -i.original '/agent-register-hook *o[nf]/d; /=== agent-mesh tmux hooks/d' $conf"
  fi
  if "$tmux" list-sessions >/dev/null 2>&1; then
    if "$tmux" source-file "$share/agent-mesh.conf"; then
      say ok 'hooks loaded into the running tmux server'
    else
      say warn 'the running tmux server did not take the hooks' "$tmux source-file $share/agent-mesh.conf"
    fi
    # Hooks of windows are listed apart.
    { "$tmux" show-hooks -g; "$tmux" show-hooks -gw; } 2>/dev/null | sort -u | sed -nE 's/^([a-z-]+\[[0-9]+\]).*agent-register-hook +o[nf].*/\1/p' |
      while read -r hook; do
        say warn "the running tmux server still holds the original's $hook" "$tmux set-hook -gu '$hook'"
      done
  fi
}

user_manager() { [ -z "$prefix" ] && command -v systemctl >/dev/null && systemctl --user show-environment >/dev/null 2>&1; }

install_timer() {
  local units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user name said
  [ -z "$prefix" ] || return 0
  if user_manager; then
    # Early versions called it agent-mesh.timer.
    if [ -e "$units/agent-mesh.timer" ]; then
      systemctl --user disable --now -q agent-mesh.timer || true
      rm -f "$units/agent-mesh.timer" "$units/agent-mesh.service"
    fi
    for name in agent-resync.service agent-resync.timer; do put 644 "$here/systemd/$name" "$units/$name"; done
    if systemctl --user daemon-reload && systemctl --user enable -q agent-resync.timer && systemctl --user restart agent-resync.timer; then
      say ok 'user timer agent-resync.timer, every five minutes while you are logged in' 'always: loginctl enable-linger'
    else
      say warn 'the user timer could not be started' 'systemctl --user status agent-resync.timer'
    fi
  elif [ "$(uname -s)" = Darwin ]; then
    if said=$("$HOME/bin/agent-mesh" timer install --launchd 2>&1); then
      say ok "$said"
    else
      say warn 'the timer could not be started' "$HOME/bin/agent-mesh timer install"
    fi
  else
    say note 'no systemd user manager, so no timer; by cron:' "$HOME/bin/agent-mesh timer install --cron"
  fi
}

install_help() {
  local page name shell made=0
  for page in "$here"/man/*.[1-8]; do put 644 "$page" "$HOME/.local/share/man/man${page##*.}/${page##*/}"; done
  put 644 "$here/skills/agent-mesh/SKILL.md" "$HOME/.local/share/agent-mesh/SKILL.md"
  for name in agent-mesh "${commands[@]}"; do
    for shell in bash zsh fish; do
      write_completion "$HOME/bin/$name" "$shell" "$scratch/completion" || continue
      case $shell in
        bash) put 644 "$scratch/completion" "$HOME/.local/share/bash-completion/completions/$name" ;;
        zsh) put 644 "$scratch/completion" "$HOME/.local/share/zsh/site-functions/_$name" ;;
        fish) put 644 "$scratch/completion" "$HOME/.local/share/fish/vendor_completions.d/$name.fish" ;;
      esac
      made=$((made + 1))
    done
  done
  say ok "man pages, $made completion files, SKILL.md for agents, all below $HOME/.local/share"
  # man looks beside ~/.local/bin, if that is in PATH.
  ! command -v manpath >/dev/null || [[ :$(manpath -q 2>/dev/null): == *":$HOME/.local/share/man:"* ]] ||
    say note 'man does not look there by itself; one line changes that:' \
      "echo 'MANDATORY_MANPATH $HOME/.local/share/man' >>~/.manpath"
  # Shells look for completions in folders of their own.
  case ${SHELL:-} in
    */zsh) say note 'zsh looks for completions in fpath; one line before compinit in ~/.zshrc:' \
      "fpath=(~/.local/share/zsh/site-functions \$fpath)" ;;
    */bash) [ -e /usr/share/bash-completion/bash_completion ] ||
      say note 'bash completes by the package bash-completion, which is not installed' 'sudo apt-get install bash-completion' ;;
  esac
}

# What `agent-mesh deploy` sends to other hosts: this script and all that it needs but the program.
install_copy() {
  local share=$HOME/.local/share/agent-mesh/dist file mode
  while IFS= read -r file; do
    mode=644
    [ ! -x "$here/$file" ] || mode=755
    put "$mode" "$here/$file" "$share/$file"
  done < <(cd "$here" && find install.sh scripts tmux systemd man skills keys -type f | LC_ALL=C sort)
}

# --- doing it ---------------------------------------------------------------------------------------------------------

do_install() {
  [ -n "$prefix" ] || [ "$(id -u)" != 0 ] || [ -z "${SUDO_USER:-}" ] ||
    say warn "under sudo this installs for root, not for $SUDO_USER"
  need_packages tmux openssh-client
  make_binary
  at_exit=(save_manifest) # should it end before its time
  [ ! -f "$manifest" ] || grep -E "^dir$(printf '\t')" "$manifest" >>"$scratch/manifest" || true
  install_programs
  seed_config
  "$HOME/bin/agent-keys" init || fail 'no keys could be made' "$HOME/bin/agent-keys init"
  install_shell
  install_tmux
  install_timer
  install_help
  install_copy
  forget_leftovers
  "$HOME/bin/agent-discover" || say warn 'the first discovery failed' "$HOME/bin/agent-discover"
  report_peers
  case ":$PATH:" in *":$HOME/bin:"*) ;; *) say next 'open a new shell, or:' "PATH=\"$HOME/bin:\$PATH\"" ;; esac
  local status=0
  "$HOME/bin/agent-mesh" doctor || status=$?
  say next 'in tmux, with an agent running in a window:' 'notify-pane --list'
  say next 'teach the agents here to use it:' 'agent-mesh setup'
  say next 'bring another host into the mesh:' 'agent-mesh deploy HOST'
  return "$status"
}

# What an earlier version put somewhere and this one does not is removed; then this run's manifest is the manifest.
forget_leftovers() {
  local kind path detail
  if [ -f "$manifest" ]; then
    while IFS=$'\t' read -r kind path detail; do
      cut -f 1,2 "$scratch/manifest" | grep -qxF "$kind$(printf '\t')$path" || take_away "$kind" "$path" "$detail"
    done <"$manifest"
  fi
  # shellcheck disable=SC2034 # read by words.sh
  at_exit=()
  make_dir "$(dirname "$manifest")"
  cat "$scratch/manifest" >"$manifest"
}

do_uninstall() {
  local kind path detail name
  if [ -f "$manifest" ]; then
    # Wherever it was set: by systemd, launchd or cron.
    [ -n "$prefix" ] || "$HOME/bin/agent-mesh" timer remove >/dev/null 2>&1 || true
    if "$tmux" list-sessions >/dev/null 2>&1; then
      while read -r name; do "$tmux" set-hook -gu "$name" 2>/dev/null || true; done \
        < <(sed -nE "s/^set-hook -g '([a-z-]+\[7700\])'.*/\1/p" "$here/tmux/agent-mesh.conf")
      for name in @agent-allow @agent-allow-files; do
        [ "$("$tmux" show-options -gqv "$name")" != @mesh ] || "$tmux" set-option -gu "$name" || true
      done
    fi
    ! "$HOME/bin/agent-mesh" --help 2>/dev/null | grep -Eq '^ +off ' || "$HOME/bin/agent-mesh" off >/dev/null || true
    # Directories come last, the deepest first.
    while IFS=$'\t' read -r kind path detail; do take_away "$kind" "$path" "$detail"; done < <(grep -v '^dir' "$manifest")
    grep '^dir' "$manifest" | LC_ALL=C sort -ru >"$scratch/dirs" || true
    rm -f "$manifest"
    while IFS=$'\t' read -r kind path detail; do take_away "$kind" "$path" ''; done <"$scratch/dirs"
    if user_manager; then
      systemctl --user daemon-reload || true
      [ ! -e "${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/agent-resync.timer" ] ||
        say note "the original's timer is back; to start it:" 'systemctl --user enable --now agent-resync.timer'
    fi
    say ok "removed from $HOME"
  else
    say note "nothing installed by this script in $HOME"
  fi
  if [ -n "$purge" ]; then
    rm -rf "$HOME/.agents"
    say ok "removed $HOME/.agents with its keys; ~/.agent-inbox stays"
  elif [ -d "$HOME/.agents" ]; then
    say kept "$HOME/.agents with keys, pins and history" "$here/install.sh --uninstall --purge${prefix:+ --prefix $prefix}"
  fi
}

mode=install prefix='' binary='' purge=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --binary)
      [ -n "${2-}" ] || { usage >&2; exit 1; }
      if [ "$1" = --prefix ]; then prefix=$2; else binary=$2; fi
      shift ;;
    --demo) mode=demo ;;
    --uninstall) mode=uninstall ;;
    --purge) purge=1 ;;
    -h | --help) usage; exit 0 ;;
    *) printf 'install.sh: what is %s?\n' "$1" >&2; usage >&2; exit 1 ;;
  esac
  shift
done
[ -z "$purge" ] || [ "$mode" = uninstall ] || { usage >&2; exit 1; }

scratch=$(umask 077 && mktemp -d "${TMPDIR:-/tmp}/agent-mesh.XXXXXX")
# Programs are tried in it, which a temporary directory without exec does not allow.
printf '#!/bin/sh\n' >"$scratch/runs" && chmod 700 "$scratch/runs"
if ! "$scratch/runs" 2>/dev/null; then
  rm -rf "$scratch"
  mkdir -p "$HOME/.cache"
  scratch=$(umask 077 && mktemp -d "$HOME/.cache/agent-mesh.XXXXXX")
fi
real_home=$HOME
if [ -n "$prefix" ]; then
  mkdir -p "$prefix"
  HOME=$(cd "$prefix" && pwd -P)
  # A tmux server of the prefix's own, if any; never the real account's.
  export HOME TMUX_TMPDIR=$HOME
  unset XDG_CONFIG_HOME TMUX_SOCKET
fi
[ -d "$HOME" ] || fail 'HOME is not a directory'
unset TMUX TMUX_PANE
tmux=${TMUX_BIN:-tmux}
manifest=$HOME/.local/share/agent-mesh/manifest

case $mode in
  install) do_install ;;
  uninstall) do_uninstall ;;
  demo)
    need_packages tmux openssh-client openssh-server
    make_binary
    "$here/scripts/demo.sh" "$scratch/agent-mesh" ;;
esac
