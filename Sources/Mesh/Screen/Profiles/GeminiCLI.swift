extension ShippedProfiles {
  static let geminiCLI = #"""
    profile 1
    name gemini-cli
    kind agent
    process gemini
    script gemini
    script gemini.js
    command gemini
    prompt " > "
    above rule
    below rule
    brackets yes
    """#
}
