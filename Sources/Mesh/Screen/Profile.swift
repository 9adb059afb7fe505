/// What differs between programs, as data: how one is recognised, where it takes input, how text is typed into it.
/// Shipped ones are compiled in (`Profiles/*.toml`), users write theirs into `~/.agents/profiles/NAME.toml`; the form is in `ProfileFile`.
///
/// Nothing in a profile touches the order of states, the guards, the built-in signs of dialogs or the safe text,
/// and no profile makes an agent of a shell, a client or an interpreter without a script.
package struct Profile: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Gets text whole, when screen and process agree.
    case agent
    /// Runs what is typed: an interpreter's or database's prompt. Shown, not typed.
    case repl
    case shell
    /// Behind it stands another machine, account, container or terminal. Shown, not typed.
    case client
    /// Reads lines from its terminal, as `cat` does.
    case reader
    /// Takes single keys as commands: editors, pagers, monitors. Nothing is typed, not even by force.
    case keys
  }

  package internal(set) var name = ""
  /// A person's own, not one that is compiled in.
  package internal(set) var isOwn = false
  package internal(set) var kind = Kind.keys

  /// How its process is recognised: executables, the scripts of interpreters, and for recorded screens `pane_current_command`.
  package internal(set) var processes: [PathGlob] = []
  package internal(set) var scripts: [PathGlob] = []
  package internal(set) var commands: [Glob] = []

  package internal(set) var composer = ComposerLook()
  package internal(set) var signs = Signs()
  package internal(set) var typing = Typing()

  init() {}

  /// Where an agent takes input, and how that place looks when it is empty.
  package struct ComposerLook: Sendable, Equatable {
    /// What stands from column 0 to the cursor, to the letter. The first that fits counts. Of a `repl` patterns, for what its
    /// row begins with when it waits for input.
    package internal(set) var prompts: [String] = []
    /// What may stand at the right end of the row: the other side of a box.
    package internal(set) var right: String?
    /// The neighbouring rows, outward from the prompt's row.
    package internal(set) var above: [FrameRow] = []
    package internal(set) var below: [FrameRow] = []
    package internal(set) var cursor = CursorRule.any
    /// Texts that an empty composer shows although they are not dim.
    package internal(set) var placeholders: [Glob] = []
    /// Beginnings of a draft that make it a command.
    package internal(set) var commandStarts: [String] = []
    /// The program repeats its prompt on every row of a draft.
    package internal(set) var repeatsPrompt = false
    /// Characters that the program scatters over blank cells, in a colour, to be pretty.
    package internal(set) var ornaments: Set<String> = []
    /// Text at the right end of the composer's rows is not the draft's.
    package internal(set) var hasRail = false
    /// The terminal hands whole lines to the program while it waits for a message.
    package internal(set) var readsLines = false
  }

  package enum FrameRow: String, Sendable, CaseIterable {
    /// A line across the screen, perhaps with words in it.
    case rule
    /// Nothing, or the edge of the screen.
    case blank
    /// Any number of blank rows, none too.
    case blanks
    /// Nothing but parts of a frame, one at least.
    case bars
    /// One row with text on it.
    case words
    /// A blank row, or one of words that ask nothing.
    case quiet
    /// One row with text on it, or nothing down to the end of the screen.
    case hints
    /// Up to eight rows of text that do not begin with the prompt, none too.
    case text
  }

  package enum CursorRule: String, Sendable, CaseIterable {
    case any, shown, hidden
    /// The terminal's cursor stands anywhere; the reversed cell behind the prompt is the cursor.
    case drawn
  }

  /// What the program says about itself on the screen and in the title.
  package struct Signs: Sendable, Equatable {
    package internal(set) var busy: [String] = []
    package internal(set) var busyTitles: [Glob] = []
    /// It is starting: its composer is there, and takes nothing yet.
    package internal(set) var loading: [String] = []
    /// `loading` counts in a box anywhere on the screen, not right above the composer.
    package internal(set) var loadingInBox = false
    /// Modes in which keys are commands, told below the composer.
    package internal(set) var mode: [String] = []
    /// What stands in a question right above the composer.
    package internal(set) var question: [String] = []
    package internal(set) var dialog: [String] = []
    package internal(set) var dialogTitles: [Glob] = []
    /// Its dialogs stand where the cursor stands; what is further up is history.
    package internal(set) var dialogAtCursor = false
    /// What stands before a message in the transcript, once it was taken.
    package internal(set) var sent: [String] = []
    /// What the composer shows in place of a long paste.
    package internal(set) var folds: [Glob] = []
  }

  package struct Typing: Sendable, Equatable {
    /// Takes bracketed pastes, so that newlines in one do not submit.
    package internal(set) var brackets = false
    /// The most characters and newlines in one paste; 0: no limit.
    package internal(set) var chunkCharacters = 0
    package internal(set) var chunkNewlines = 0
    /// Milliseconds between the last paste and Enter.
    package internal(set) var enterDelay = 0
    /// Milliseconds after which text that still stands in the composer gets its one more Enter.
    package internal(set) var settle = 150
    /// Takes a message while it works, and queues it.
    package internal(set) var takesWhileBusy = false
    /// Shows what is typed.
    package internal(set) var echoes = true
    /// A space behind the text keeps Enter from completing a word or being escaped; the program trims it.
    package internal(set) var trailingSpace = false
  }
}
