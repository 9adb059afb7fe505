/// The differences between programs, as data: how a program is recognised, where it takes input,
/// how text is typed into it. Shipped profiles are compiled in (`Profiles/*.toml`); users write
/// theirs in `~/.agents/profiles/NAME.toml`. `ProfileFile` reads them.
///
/// A profile cannot change the order of states, the guards, the built-in signs of dialogs or the
/// safe text. It cannot turn a shell, a client or an interpreter without a script into an agent.
package struct Profile: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Gets the whole text when screen and process agree.
    case agent
    /// Runs what is typed: the prompt of an interpreter or database. Messages are shown, not typed.
    case repl
    case shell
    /// Connects to another machine, account, container or terminal. Messages are shown, not typed.
    case client
    /// Reads lines from its terminal, as `cat` does.
    case reader
    /// Takes single keys as commands: editors, pagers, monitors. Nothing is ever
    /// typed, not even with force.
    case keys
  }

  package internal(set) var name = ""
  /// Whether the user wrote this profile; false for one that is compiled in.
  package internal(set) var isOwn = false
  package internal(set) var kind = Kind.keys

  /// How the process is recognised: executables, scripts of interpreters, and
  /// `pane_current_command` for recorded screens.
  package internal(set) var processes: [PathGlob] = []
  package internal(set) var scripts: [PathGlob] = []
  package internal(set) var commands: [Glob] = []

  package internal(set) var composer = ComposerLook()
  package internal(set) var signs = Signs()
  package internal(set) var typing = Typing()

  init() {}

  /// Where an agent takes input, and how that place looks when it is empty.
  package struct ComposerLook: Sendable, Equatable {
    /// The exact text from column 0 to the cursor; the first prompt that matches counts. For a
    /// `repl`: patterns for the start of the row in which it waits for input.
    package internal(set) var prompts: [String] = []
    /// Text that may be at the right end of the row: the other side of a box.
    package internal(set) var right: String?
    /// The neighbouring rows, outwards from the prompt's row.
    package internal(set) var above: [FrameRow] = []
    package internal(set) var below: [FrameRow] = []
    package internal(set) var cursor = CursorRule.any
    /// Texts that an empty composer shows, although they are not dim.
    package internal(set) var placeholders: [Glob] = []
    /// A draft that begins with one of these is a command.
    package internal(set) var commandStarts: [String] = []
    /// Whether the program repeats its prompt in every row of a draft.
    package internal(set) var repeatsPrompt = false
    /// Coloured characters that the program draws on blank cells as decoration.
    package internal(set) var ornaments: Set<String> = []
    /// Whether text at the right end of the composer's rows does not belong to the draft.
    package internal(set) var hasRail = false
    /// Whether the terminal delivers whole lines while the program waits for a message.
    package internal(set) var readsLines = false
  }

  package enum FrameRow: String, Sendable, CaseIterable {
    /// A line across the screen, perhaps with words in it.
    case rule
    /// A blank row, or the edge of the screen.
    case blank
    /// Any number of blank rows, or none.
    case blanks
    /// Only parts of a frame, at least one.
    case bars
    /// One row of text.
    case words
    /// A blank row, or a row of words that is not a question.
    case quiet
    /// One row of text, or only blank rows down to the end of the screen.
    case hints
    /// Up to eight rows of text that do not begin with the prompt, or none.
    case text
  }

  package enum CursorRule: String, Sendable, CaseIterable {
    case any, shown, hidden
    /// The terminal's cursor may be anywhere; the reversed cell after the prompt is the cursor.
    case drawn
  }

  /// What the program shows about itself on the screen and in the title.
  package struct Signs: Sendable, Equatable {
    package internal(set) var busy: [String] = []
    package internal(set) var busyTitles: [Glob] = []
    /// The program is starting: its composer is visible but takes no text yet.
    package internal(set) var loading: [String] = []
    /// Whether `loading` counts in a box anywhere on the screen, instead of
    /// directly above the composer.
    package internal(set) var loadingInBox = false
    /// Modes in which keys are commands, shown below the composer.
    package internal(set) var mode: [String] = []
    /// Words of a question directly above the composer.
    package internal(set) var question: [String] = []
    package internal(set) var dialog: [String] = []
    package internal(set) var dialogTitles: [Glob] = []
    /// Whether dialogs appear at the cursor; then everything further up is history.
    package internal(set) var dialogAtCursor = false
    /// What precedes a message in the transcript after it was taken.
    package internal(set) var sent: [String] = []
    /// What the composer shows in place of a long paste.
    package internal(set) var folds: [Glob] = []
  }

  package struct Typing: Sendable, Equatable {
    /// Whether it understands bracketed paste, so that newlines in a paste do not submit.
    package var brackets = false
    /// The maximum UTF-16 units and newlines in one paste; 0: no limit.
    package var chunkCharacters = 0
    package var chunkNewlines = 0
    /// Milliseconds between the last paste and Enter.
    package var enterDelay = 0
    /// If text is still in the composer after this many milliseconds, Enter is pressed once more.
    package var settle = 150
    /// Whether it takes a message while it works, and queues it.
    package var takesWhileBusy = false
    /// Whether it shows typed text; if not, the best outcome is `typed`.
    package var echoes = true
    /// Whether to type a space after the text, so that Enter neither completes a word nor is
    /// escaped. The program trims the space.
    package var trailingSpace = false
  }
}
