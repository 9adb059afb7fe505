# What mesh-lab can do to host number $1. Sourced by mesh-lab.

partition() { in_switch ip link set "p$1" down; }
blackhole() { in_net "$1" iptables -I INPUT -i eth0 -j DROP; }
reject() { in_net "$1" iptables -I INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset; }
nat() { in_net "$1" iptables -I INPUT -i eth0 -p tcp --syn ! -s "$(address 1)" -j DROP; }
loss() { in_net "$1" iptables -I INPUT -i eth0 -m statistic --mode random --probability "$2" -j DROP; }
rate() { in_switch tc qdisc replace dev "p$1" root tbf rate "$2" burst 64k latency 100ms; }

heal() {
  in_switch ip link set "p$1" up
  in_net "$1" iptables -F INPUT
  in_switch tc qdisc del dev "p$1" root 2>/dev/null || true
}

# Few kernels have netem: a relay of our own stands between the host's line and the bridge.
delay() { # I MS [LOSS%]
  local i=$1 ms=$2 lost=${3:-0} cc
  if [ ! -x "$lab/mldelay" ]; then
    cc=$(command -v cc || command -v clang) || die "delay needs a C compiler"
    "$cc" -O2 -Wall -o "$lab/mldelay" "$here/mldelay.c"
  fi
  if [ -s "$lab/delay-$i.pid" ]; then
    end "$(cat "$lab/delay-$i.pid")"
  else
    printf 'link set p%s nomaster\nlink add d%s type veth peer name e%s\nlink set e%s master br0\nlink set d%s up\nlink set e%s up\n' \
      "$i" "$i" "$i" "$i" "$i" "$i" | in_switch ip -batch -
  fi
  : >"$lab/delay-$i.log"
  setsid nsenter -t "$(cat "$lab/switch.pid")" -n -- "$lab/mldelay" "p$i" "d$i" "$ms" "$lost" \
    </dev/null >"$lab/delay-$i.log" 2>&1 & echo $! >"$lab/delay-$i.pid"
  until [ -s "$lab/delay-$i.log" ]; do sleep 0.01; done
  grep -qx ready "$lab/delay-$i.log" || die "mldelay: $(cat "$lab/delay-$i.log")"
}
undelay() {
  end "$(cat "$lab/delay-$1.pid")"
  rm -f "$lab/delay-$1".*
  printf 'link del d%s\nlink set p%s master br0\n' "$1" "$1" | in_switch ip -batch -
}

killsshd() { (enter "$1" root pkill -9 -x sshd) || true; rm -f "$lab/h$1/run/sshd.pid"; }
startsshd() {
  (enter "$1" root "$(command -v sshd)" -f /run/sshd_config -E /run/sshd.log)
  until [ -s "$lab/h$1/run/sshd.pid" ]; do sleep 0.01; done
}
killin() { (enter "$1" root pkill -9 -f -- "$2") || true; }

reboot() {
  end "$(init_pid "$1")"
  # The line's near end goes with its far end, but not at once.
  while in_switch ip link show "p$1" >/dev/null 2>&1; do sleep 0.01; done
  boot "$1"
}

# Programs started by mesh-lab exec from now on, and by ssh, see another time of day.
skew() { # I SECONDS
  local cc c=$lab/h$1/run
  if [ ! -e "$lab/clockskew.so" ]; then
    cc=$(command -v cc || command -v clang) || die "skew needs a C compiler"
    "$cc" -O2 -Wall -shared -fPIC -o "$lab/clockskew.so" "$here/clockskew.c"
  fi
  cp "$lab/clockskew.so" "$c/clockskew.so"; chmod 755 "$c/clockskew.so"
  if [ "$2" = 0 ]; then
    rm -f "$lab/h$1/skew"; cp "$lab/common/sshd_config" "$c/sshd_config"
  else
    echo "$2" >"$lab/h$1/skew"
    sed "s|^SetEnv .*|& LD_PRELOAD=/run/clockskew.so CLOCK_SKEW=$2|" "$lab/common/sshd_config" >"$c/sshd_config"
  fi
  # Sessions that are open stay as they are.
  rm -f "$c/sshd.pid.old"; mv "$c/sshd.pid" "$c/sshd.pid.old"
  nsenter -t "$(init_pid "$1")" -p -m -- kill -HUP "$(cat "$c/sshd.pid.old")"
  until [ -s "$c/sshd.pid" ]; do sleep 0.01; done
}

fulldisk() { # I SIZE [DIR]
  local dir=/run/home/root/${3:-.agent-inbox}
  (enter "$1" root mkdir -p -m 700 "$dir")
  nsenter -t "$(init_pid "$1")" -m -- mount -t tmpfs -o "size=$2,mode=700" tmpfs "$dir"
}
freedisk() { nsenter -t "$(init_pid "$1")" -m -- umount "/run/home/root/${2:-.agent-inbox}"; }

# Unix accounts of one host, which reach each other by ssh to localhost under their names.
users() { # I NAME…
  local i=$1 r=$lab/h$1/run u v id home
  shift
  for u in "$@"; do
    case $u in *[!a-z0-9]* | '') die "cannot use $u as a name" ;; esac
    ! grep -q "^$u:" "$r/etc/passwd" || die "there is a user $u already"
    id=$((70000 + $(grep -c ^ "$r/etc/passwd")))
    echo "$u:x:$id:$id::/run/home/$u:/bin/bash" >>"$r/etc/passwd"
    echo "$u:x:$id:" >>"$r/etc/group"
    echo "$u:*:1::::::" >>"$r/etc/shadow"
    home=$r/home/$u
    make_home "$home"
    ssh-keygen -q -t ed25519 -N '' -C "$u" -f "$home/.ssh/id_ed25519"
    echo "$u" >>"$lab/h$i/users"
  done
  for u in $(cat "$lab/h$i/users"); do
    home=$r/home/$u
    cat "$r"/home/*/.ssh/id_ed25519.pub >"$home/.ssh/authorized_keys" 2>/dev/null
    echo "shared $(cut -d' ' -f1,2 "$lab/keys/host-$i.pub")" >"$home/.ssh/known_hosts"
    for v in $(cat "$lab/h$i/users"); do printf 'Host %s\n  User %s\n' "$v" "$v"; done >"$home/.ssh/config"
    printf 'Host *\n  HostName 127.0.0.1\n  HostKeyAlias shared\n  BatchMode yes\n' >>"$home/.ssh/config"
    chmod 600 "$home"/.ssh/*
    id=$(sed -n "s/^$u:x:\([0-9]*\):.*/\1/p" "$r/etc/passwd")
    chown -R "$id:$id" "$home"
  done
}
