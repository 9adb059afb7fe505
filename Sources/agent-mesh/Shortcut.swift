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
    if words == ["rescan"] {
      run = { () throws(Failure) in try Rescanning.afterHook(try Setup.site()) }
    } else if words.count == 1, let verb = RemoteVerb(rawValue: words[0]) {
      run = { () throws(Failure) in try Serving.run(verb, try Setup.site()) }
    } else if words.count == 3, words[0] == "serve", words[1] == "--peer",
      !words[2].hasPrefix("-")
    {
      run = { () throws(Failure) in try Serving.serve(words[2]) }
    } else {
      return nil
    }
  }
}
