extension ShippedProfiles {
  static let interpreters = #"""
    profile 1
    name interpreter
    kind repl
    process ruby* irb pry perl* php* lua* luajit* ghc* ghci* R julia octave* maxima gnuplot*
    process ocaml* utop swift* lldb* gdb* pdb* scala* java jshell kotlin* clojure bb beam.smp
    process erl iex sbcl ecl clisp guile* racket scheme* chezscheme* tclsh* wish* expect bc dc
    process calc qalc gp sage* dotnet swipl gawk mawk awk ed ftp sftp lftp telnet nslookup gpg
    process bluetoothctl nmcli parted fdisk gdisk debugfs
    script irb pry
    command irb ghci lua* R julia
    """#
}
