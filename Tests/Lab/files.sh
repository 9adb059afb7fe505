# The files of mesh-lab's hosts: keys, ssh's configuration, /etc, homes. Sourced by mesh-lab.

keys() { # all at once: one takes 10 ms
  local i k
  mkdir -p "$lab/keys"
  for ((i = 1; i <= $1; i++)); do for k in host user pin; do
    ssh-keygen -q -t ed25519 -N '' -C "$k@$(name "$i")" -f "$lab/keys/$k-$i" & done; done
  wait
}

common_files() {
  local n=$1 c=$lab/common i h key
  mkdir -p "$c"
  echo "127.0.0.1 localhost" >"$c/hosts"
  : >"$c/authorized_keys"; : >"$c/known_hosts"; : >"$c/ssh_config"
  for ((i = 1; i <= n; i++)); do
    h=$(name "$i")
    echo "$(address "$i") $h" >>"$c/hosts"
    read -r key <"$lab/keys/host-$i.pub"; echo "$h ${key% *}" >>"$c/known_hosts"
    cat "$lab/keys/user-$i.pub" >>"$c/authorized_keys"
    read -r key <"$lab/keys/pin-$i.pub"; echo "restrict,command=\"${forced//%p/$h}\" $key" >>"$c/authorized_keys"
    printf 'Host %s pin-%s via-%s\n  HostName %s\n  HostKeyAlias %s\n' "$h" "$h" "$h" "$h" "$h" >>"$c/ssh_config"
  done
  cat >>"$c/ssh_config" <<'X'
Host via-*
  ProxyJump hub
Host pin-*
  IdentityFile ~/.ssh/id_pinned
  ControlPath none
Host *
  IdentityFile ~/.ssh/id_ed25519
  IdentitiesOnly yes
  BatchMode yes
  ConnectTimeout 5
  StrictHostKeyChecking yes
  GSSAPIAuthentication no
X
  # Of most options the first mention counts, of some the last: each is to be mentioned once.
  printf '%s\n' "${MESH_LAB_SSHD:-}" >"$c/sshd_config"
  while read -r key value; do
    grep -qi "^$key " <<<"${MESH_LAB_SSHD:-}" || echo "$key $value" >>"$c/sshd_config"
  done <<X
AddressFamily inet
HostKey /run/hostkey
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 200:30:400
MaxSessions 64
Subsystem sftp internal-sftp
SetEnv LANG=C.UTF-8${MESH_LAB_TMUX:+ PATH=/run/tmux:/usr/local/bin:/usr/bin:/bin}
X
}

# /etc for all hosts: links into the machine's, but for the files that make it a host. A copy of single files would
# not do: when the machine's /etc/passwd is replaced, as installing a package does, a mount upon it goes.
common_etc() {
  local e=$lab/common/etc f
  mkdir -p "$e"
  for f in /etc/*; do
    if [ -L "$f" ]; then ln -s "$(readlink -m "$f")" "$e/"; else ln -s "/run/machine-etc/${f#/etc/}" "$e/"; fi
  done
  rm -f "$e"/{hosts,passwd,group,shadow}
  cp "$lab/common/hosts" "$e/hosts"; cp /etc/group "$e/group"
  sed 's|^root:.*|root:x:0:0:root:/run/home/root:/bin/bash|' /etc/passwd >"$e/passwd"
  # A password of `!` would be a locked account, which sshd lets nobody into.
  sed 's|^root:.*|root:*:1::::::|' /etc/shadow >"$e/shadow"; chmod 600 "$e/shadow"
}

# A home as a login finds it: keys, ssh's files, links to the programs.
make_home() { # DIR
  local n
  mkdir -p "$1/.ssh" "$1/bin"
  chmod 700 "$1" "$1/.ssh"
  for n in "${names[@]}"; do ln -sfn /run/programs/agent-mesh "$1/bin/$n"; done
  ln -sfn /run/programs/test-recipient "$1/bin/test-recipient"
  [ -z "${MESH_LAB_TMUX:-}" ] || ln -sfn "$MESH_LAB_TMUX" "$1/bin/tmux"
}

host_files() {
  local i=$1 r=$lab/h$1/run c=$lab/common home=$lab/h$1/run/home/root
  mkdir -p "$r"/{sshd,tmp,tmux,programs,home,machine-etc}
  # What a login by ssh finds first.
  [ -z "${MESH_LAB_TMUX:-}" ] || ln -sfn "$MESH_LAB_TMUX" "$r/tmux/tmux"
  chmod 755 "$lab/h$i" "$r" "$r"/{sshd,tmux,home}; chmod 1777 "$r/tmp"
  make_home "$home"
  cp -a "$c/etc" "$r/etc"; cp "$c/sshd_config" "$r/sshd_config"
  install -m600 "$lab/keys/host-$i" "$r/hostkey"
  install -m600 "$lab/keys/user-$i" "$home/.ssh/id_ed25519"
  install -m600 "$lab/keys/pin-$i" "$home/.ssh/id_pinned"
  install -m600 "$c/authorized_keys" "$c/known_hosts" "$home/.ssh/"; install -m600 "$c/ssh_config" "$home/.ssh/config"
}
