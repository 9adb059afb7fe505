# Sourced: two private accounts on this machine, alice and bob, for the demo and for measuring. Each has a home directory
# below $world, an installation made by install.sh, a tmux server and an sshd of its own on 127.0.0.1; all of it belongs
# to the unix account that runs this, root or any other. Needs words.sh.
# OpenSSH ignores $HOME on the calling side, so it gets -F; on the called side SetEnv replaces HOME and PATH after login.
# shellcheck shell=bash disable=SC2154

world=''
both=(alice bob)
peer_of() { if [ "$1" = alice ]; then echo bob; else echo alice; fi; }

# Runs a command as one of them: nothing of the caller's environment comes along.
as() { # NAME COMMAND...
  local home=$world/$1; shift
  env -i HOME="$home" PATH="$home/bin:$tmux_dir:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" TMUX_TMPDIR="$home" \
    TMUX_BIN="$tmux_bin" SHELL=/bin/sh TERM=xterm-256color LANG=C.UTF-8 AGENT_MESH_SSH_CONFIG="$home/.ssh/config" "$@"
}
tmux_bin=$(command -v "${TMUX_BIN:-tmux}")
tmux_dir=$(dirname "$tmux_bin")
tmux_of() { local name=$1; shift; as "$name" "$tmux_bin" "$@"; }

accounts_up() { # PROGRAM SCRIPTS-DIRECTORY
  local program=$1 installer=$2/../install.sh name
  # Sockets live below it, and a socket's path is short: about 100 bytes.
  world=$(umask 077 && mktemp -d /tmp/am.XXXXXX)
  [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -C demo -f "$world/hostkey"
  echo "demo $(cut -d ' ' -f 1,2 "$world/hostkey.pub")" >"$world/known_hosts"
  for name in "${both[@]}"; do
    (umask 077 && mkdir -p "$world/$name/.ssh" "$world/$name/.agents")
    ssh-keygen -q -t ed25519 -N '' -C "demo@$name" -f "$world/$name/.ssh/id"
    echo "$name" >"$world/$name/.agents/self.conf"
    peer_of "$name" >"$world/$name/.agents/peers.conf"
  done
  for name in "${both[@]}"; do start_sshd "$name" "$(peer_of "$name")"; done
  for name in "${both[@]}"; do
    as "$name" "$installer" --prefix "$world/$name" --binary "$program" >"$world/$name/install.log" 2>&1 ||
      { cat "$world/$name/install.log" >&2; fail "install.sh did not finish for $name"; }
  done
}

# An sshd for NAME that lets PEER's ssh key in, and PEER's ssh configuration to find it by.
start_sshd() { # NAME PEER
  local home=$world/$1 port try
  cp "$world/$2/.ssh/id.pub" "$home/.ssh/authorized_keys"
  for try in 1 2 3 4 5 6; do
    port=$((20000 + RANDOM % 12000))
    cat >"$home/sshd_config" <<TEXT
ListenAddress 127.0.0.1
Port $port
HostKey $world/hostkey
PidFile $home/sshd.pid
AuthorizedKeysFile $home/.ssh/authorized_keys
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv HOME=$home PATH=$home/bin:$tmux_dir:/usr/local/bin:/usr/bin:/bin TMUX_TMPDIR=$home TMUX_BIN=$tmux_bin LANG=C.UTF-8
TEXT
    /usr/sbin/sshd -f "$home/sshd_config" -E "$home/sshd.log" || true
    ! await 2 test -s "$home/sshd.pid" || break
  done
  [ -s "$home/sshd.pid" ] || { cat "$home/sshd.log" >&2; fail "no sshd for $1 after $try tries"; }
  cat >"$world/$2/.ssh/config" <<TEXT
Host $1
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $world/$2/.ssh/id
  IdentitiesOnly yes
  UserKnownHostsFile $world/known_hosts
  GlobalKnownHostsFile none
  HostKeyAlias demo
TEXT
}

# Waits for a command to succeed, looking every 50 ms.
await() { # SECONDS COMMAND...
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# Processes that were started as one of the two and still run.
left_running() { grep -lazs -- "HOME=$world/" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }

accounts_down() {
  [ -n "$world" ] || return 0
  local name socket pid pids=()
  for name in "${both[@]}"; do
    pid=$(tmux_of "$name" display-message -p '#{pid}' 2>/dev/null) && pids+=("$pid")
    tmux_of "$name" kill-server 2>/dev/null || true
  done
  # ssh connections that are kept open for the next message
  find "$world" -type s | while read -r socket; do ssh -F none -o ControlPath="$socket" -O exit x 2>/dev/null || true; done
  for name in "${both[@]}"; do
    pid=$(cat "$world/$name/sshd.pid" 2>/dev/null) && kill "$pid" 2>/dev/null && pids+=("$pid")
  done
  await 3 ended "${pids[@]}" || for pid in $(left_running); do kill "$pid" 2>/dev/null || true; done
  rm -rf "$world" || { sleep 1; rm -rf "$world"; }
  world=''
}
ended() { [ -z "$(left_running)" ] && ! kill -0 "$@"; } # PID...
