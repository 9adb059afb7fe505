/// A question that must be answered before anything else.
struct Dialog: Equatable {
  let yesNo: Bool
  var selected = 0

  init(yesNo: Bool) { self.yesNo = yesNo }

  static let choices = ["Yes", "Yes, and don't ask again", "No"]

  func rows(glyph: String) -> [String] {
    if yesNo { return ["", " Allow this command? (y/n)"] }
    let numbered = Dialog.choices.enumerated().map { index, text in
      " \(index == selected ? glyph : " ") \(index + 1). \(text)"
    }
    return ["", " Bash command", "   touch a-marker-file", " Do you want to proceed?"] + numbered
      + ["", " Esc to cancel · Tab to amend"]
  }
}

/// Keys while a dialog is open.
extension Recipient {
  mutating func answer(_ key: Key) {
    guard var open = dialog else { return }
    switch key {
    case .enter where !open.yesNo: close("\(open.selected + 1)")
    case .escape, .control(0x03): close("cancel")
    case .up: open.selected = max(open.selected - 1, 0)
    case .down: open.selected = min(open.selected + 1, Dialog.choices.count - 1)
    case .text(let text): answer(text, open)
    case .paste(let text): say(.intoDialog, text)
    default: say(.intoDialog, "")
    }
    if dialog != nil { dialog = open }
  }

  /// Programs take the first letter of a burst as the answer; the rest goes into the composer.
  private mutating func answer(_ text: String, _ open: Dialog) {
    let keys = open.yesNo ? ["y", "n"] : ["1", "2", "3"]
    guard let first = text.first, keys.contains(String(first)) else {
      say(.intoDialog, text)
      return
    }
    close(String(first))
    if text.count > 1 { edit(.text(String(text.dropFirst()))) }
  }

  mutating func close(_ answer: String) {
    guard dialog != nil else { return }
    dialog = nil
    say(.answer, answer)
  }
}
