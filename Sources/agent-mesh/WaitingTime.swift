internal import ArgumentParser
internal import Mesh

/// `30s`, `5m`, `1h`, or plain seconds.
struct WaitingTime: ExpressibleByArgument {
  /// A second to a day.
  let seconds: Int

  init?(argument text: String) {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
    let unit = text.last.flatMap { units[$0] }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(digits)
    else { return nil }
    let seconds = number * (unit ?? 1)
    guard (1...86_400).contains(seconds) else { return nil }
    self.seconds = seconds
  }

  var defaultValueDescription: String { "\(seconds)s" }
}
