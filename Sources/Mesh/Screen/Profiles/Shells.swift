extension ShippedProfiles {
  static let shells = #"""
    profile 1
    name shell
    kind shell
    process bash sh dash zsh zsh-* fish ksh ksh93 mksh lksh oksh pdksh tcsh csh bsd-csh nu ash
    process busybox toybox yash posh rc es elvish xonsh pwsh osh oils-for-unix murex rbash
    process bash-*
    script xonsh
    command bash -bash sh dash zsh -zsh fish -fish ksh* mksh tcsh csh nu
    """#
}
