extension ShippedProfiles {
  /// Behind these stands another machine, account, container or terminal: what reads there cannot be known from here.
  static let clients = #"""
    profile 1
    name client
    kind client
    process ssh slogin autossh sshpass mosh mosh-client et tsh rsh rlogin telnet* sudo sudo-rs
    process su su-rs doas run0 runuser pkexec login newgrp sg machinectl systemd-run docker
    process docker-* podman nerdctl ctr crictl kubectl oc k3s lxc lxc-attach incus virsh vagrant
    process nsenter unshare chroot bwrap firejail distrobox toolbox flatpak proot tmux tmux:*
    process screen screen-* SCREEN zellij dtach abduco script rlwrap socat nc nc.* ncat minicom
    process picocom cu tio
    command ssh mosh-client sudo su doas docker podman kubectl nsenter tmux screen
    """#
}
