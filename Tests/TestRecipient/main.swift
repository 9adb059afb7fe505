// test-recipient replaces an agent's program in the tests of typing. `Options` choose its behaviour; `Record` writes
// what it read and what happened, for the tests to compare.

internal import CLibrary

do {
  let options = try Options(arguments: Array(CommandLine.arguments.dropFirst()))
  guard let terminal = Terminal() else {
    writeAll(Array("test-recipient: standard input is not a terminal\n".utf8), to: 2)
    exit(1)
  }
  if options.style == .composer {
    var loop = Loop(options, terminal)
    loop.run()
  } else {
    readLines(options, terminal)
  }
} catch {
  writeAll(Array("test-recipient: cannot use \(error.word)\n".utf8), to: 2)
  exit(2)
}
