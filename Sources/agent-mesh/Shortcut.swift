internal import MeshHost

/// Command lines that need no parser: a recipient and words without options, and what hooks and peers say, always alike.
/// They are what is called all the time, and the parser costs a tenth of a message. It would understand them the same.
struct Shortcut {
  let run: () throws(Failure) -> Void

  init?(notify words: [String]) {
    guard !words.isEmpty, !words.contains(where: { $0.hasPrefix("-") }) else { return nil }
    run = { () throws(Failure) in
      try SendCommand(try Setup.site(), SendRequest(words: words)).run()
    }
  }

  init?(hook words: [String]) {
    switch words {
    case ["rescan"]:
      run = { () throws(Failure) in try Rescanning.afterHook(try Setup.site()) }
    case ["deliver"]:
      run = { () throws(Failure) in try Serving.deliver(try Setup.site(), peer: nil) }
    case ["sync"]:
      run = { () throws(Failure) in try Serving.sync(try Setup.site(), peer: nil) }
    default:
      guard words.count == 3, words[0] == "serve", words[1] == "--peer", !words[2].hasPrefix("-")
      else { return nil }
      run = { () throws(Failure) in try Serving.serve(words[2]) }
    }
  }
}
