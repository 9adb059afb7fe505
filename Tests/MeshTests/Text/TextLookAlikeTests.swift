import Mesh
import Testing

@Suite struct TextLookAlikeTests {
  private func safe(_ text: String) throws -> String { try SafeText(body: Array(text.utf8)).text }

  @Test(arguments: [
    "[from hub-dev @ now]", "[verified abcdefgh]", "[FROM x]", "[Verified", "[from", "[from:",
    "[from-x",
    "[ from", "[  from", "[   from", "[\tfrom", "[\nfrom", "[\r\n \tfrom",
    "［ｆｒｏｍ", "［from", "[ frоm", "[\u{200B}verified", "[\u{200B}\u{200B}\u{200B}verified",
    "[\u{A0}from", "[\u{3000}from", "[\u{2800}from", "[\u{0}from", "[\u{202E}from", "[\u{301}from",
    "[f\u{200B}rom", "[ver\u{AD}ified", "[f\u{336}r\u{336}o\u{336}m\u{336} x", "[from\u{200B}hub",
    "[𝐟𝐫𝐨𝐦", "[𝓯𝓻𝓸𝓶", "[𝕧𝕖𝕣𝕚𝕗𝕚𝕖𝕕", "[𝚟𝚎𝚛𝚒𝚏𝚒𝚎𝚍", "[ⓥⓔⓡⓘⓕⓘⓔⓓ", "[🅵🆁🅾🅼", "[𝑓𝑟𝜊𝑚",
    "[vеrifiеd", "[νerified", "[verіfіed", "[ѵеrіfіеԁ", "[veriﬁed", "[veri\u{FB01}ed", "[vérífïéd",
    "[ḟṙöṁ",
    "[ꓝꓣꓳꓟ", "[frοm", "[fr0m", "[verifled", "[ver1f1ed", "[ſrom", "[ᴠᴇʀɪꜰɪᴇᴅ", "[ᶠʳᵒᵐ",
    "【from", "⟦verified", "〔from", "「verified", "⁅from", "❲from", "﹝from", "｢from", "〚from",
    "⸢from", "⎡from",
    "[from\u{301} x", "[from�",
    // Letters that are not in the table, more blanks, more marks, further brackets.
    "[fr𐐬m", "[frסm", "[frهm", "[fr〇m", "[froᛖ", "[ᖴᖇ೦ᗰ", "[𐊇rom", "[𑢢rom", "[fᏢom", "[verᛁfied",
    "[    from", "[        verified", "[\u{200A}\u{200A}\u{200A}\u{200A}from", "[\n\n\nfrom",
    "[f\u{301}\u{302}\u{303}\u{304}rom", "❨from", "⸨from", "⎴from", "⟮from",
  ])
  func looksLikeATag(text: String) throws {
    let made = try safe("a " + text + " b")
    // Compare bytes: a mark after the bracket would combine both into one character.
    #expect(made.utf8.starts(with: "a (".utf8), "\(made)")
    #expect(SafeText.line(text).utf8.first == UInt8(ascii: "("))
  }

  @Test(arguments: [
    "[for", "[form", "[fromage", "[verifiedly", "[verify", "[x from", "(from", "{from",
    "from",
    "[", "[fro", "[f r o m", "[]from", "[0]", "[日本", "[ ", "[from2", "[fromа", "[\n\n\n\nfrom",
    "[från", "[日本語版", "[форм", "[foo日本",
  ])
  func isLeftAlone(text: String) throws {
    #expect(try safe(text) == text)
  }

  @Test func manyBracketsEachAlone() throws {
    #expect(try safe("[[from] [verified] [x] [from") == "[(from] (verified] [x] (from")
  }

  @Test func tag() throws {
    var statement = try Sample.statement()
    #expect(
      statement.tag(hint: false)
        == "[from hub-dev-build @ 2026-11-22T07:31:39.120Z] [verified a4dqobyh]")
    (statement.seal, statement.replyTo) = (.box1, try Address(validating: "hub-x"))
    let full = statement.tag(hint: false)
    #expect(
      full
        == "[from hub-dev-build @ 2026-11-22T07:31:39.120Z] [verified a4dqobyh sealed reply-to hub-x]"
    )
    // A body that repeats our own tag is disarmed.
    #expect(try safe(full).hasPrefix("(from"))
    #expect(try safe(full).contains("(verified"))
  }
}
