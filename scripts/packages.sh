# Sourced: system packages, installed where that is allowed, else named with the one command. Needs words.sh.
# shellcheck shell=bash

# Is it here already? The thing itself is looked for, so that this holds where dpkg did not bring it.
have() { # DEBIAN-PACKAGE
  case $1 in
    libsodium-dev) [ -e /usr/include/sodium.h ] || [ -e /usr/local/include/sodium.h ] ;;
    openssh-client) command -v ssh && command -v ssh-keygen ;;
    openssh-server) [ -x /usr/sbin/sshd ] ;;
    iproute2) command -v ip ;;
    bubblewrap) command -v bwrap ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

# A package for a private sshd must not open port 22 of this machine as well: Debian asks policy-rc.d before it starts
# a service. One that is there already is somebody's decision and stays.
apt_install() { # PACKAGE...
  local policy=/usr/sbin/policy-rc.d
  if [[ " $* " == *' openssh-server '* ]] && [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
    at_exit=("${root[@]}" rm -f "$policy")
    "${root[@]}" chmod 755 "$policy"
  fi
  local status=0 apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
  quietly 'reading package lists' "${apt[@]}" update -q || true
  quietly "installing $*" "${apt[@]}" install -y -q --no-install-recommends "$@" || status=$?
  if [ ${#at_exit[@]} -gt 0 ]; then
    "${at_exit[@]}"
    at_exit=()
    [ ! -d /run/systemd/system ] || "${root[@]}" systemctl -q disable ssh.service ssh.socket 2>/dev/null || true
  fi
  return "$status"
}

root=()
need_packages() { # DEBIAN-PACKAGE...
  local missing=() name
  for name in "$@"; do have "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    say FAIL "missing: ${missing[*]} (Debian's names); install them with this system's package manager" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ]; then
    if ! { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
      say FAIL "missing: ${missing[*]}" "sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
    root=(sudo -n)
  fi
  apt_install "${missing[@]}" || { say FAIL "could not install: ${missing[*]}" >&2; return 1; }
  say ok "installed ${missing[*]}"
}
