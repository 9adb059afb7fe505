/// A table of characters that a reader takes for a letter of "from" or "verified". Upper case
/// counts like lower case. It was made from Unicode's compatibility decompositions and letter
/// names, and from the look-alikes of Cyrillic, Greek, Armenian, Cherokee, Coptic and Lisu in its
/// confusables (UTS #39).
enum LookAlikeLetters {
  /// - Returns: the lower-case ASCII letter that the scalar looks like, if it is one of `fromvied`.
  static func letter(_ scalar: Unicode.Scalar) -> UInt8? {
    let value = regular(scalar.value)
    if value < 0x80 { return ascii(UInt8(value)) }
    return table[value]
  }

  /// Alphabets that repeat another one in its order: fullwidth, mathematical, enclosed.
  private static func regular(_ value: UInt32) -> UInt32 {
    let upper = UInt32(UInt8(ascii: "A"))
    switch value {
    case 0xFF01...0xFF5E: return value - 0xFEE0
    case 0x1D400...0x1D6A3: return letterOfStyle((value - 0x1D400) % 52)
    case 0x1D6A4: return 0x131  // mathematical dotless i
    case 0x1D6A8...0x1D7C9: return greekOfStyle((value - 0x1D6A8) % 58)
    case 0x1D7CE...0x1D7FF: return (value - 0x1D7CE) % 10 + UInt32(UInt8(ascii: "0"))
    case 0x249C...0x24B5: return value - 0x249C + upper  // parenthesized
    case 0x24B6...0x24E9: return (value - 0x24B6) % 26 + upper  // circled
    case 0x1F110...0x1F129: return value - 0x1F110 + upper  // parenthesized
    case 0x1F130...0x1F149: return value - 0x1F130 + upper  // squared
    case 0x1F150...0x1F169: return value - 0x1F150 + upper  // negative circled
    case 0x1F170...0x1F189: return value - 0x1F170 + upper  // negative squared
    case 0x1F1E6...0x1F1FF: return value - 0x1F1E6 + upper  // regional indicators
    default: return value
    }
  }

  /// Each mathematical style has A to Z and a to z.
  private static func letterOfStyle(_ index: UInt32) -> UInt32 {
    index % 26 + UInt32(UInt8(ascii: "A"))
  }

  /// Each mathematical style has 25 Greek capitals, nabla, 25 small letters, and seven variants.
  private static func greekOfStyle(_ index: UInt32) -> UInt32 {
    switch index {
    case 0...24: 0x391 + index
    case 26...50: 0x3B1 + index - 26
    case 52: 0x3F5  // epsilon symbol
    default: 0x2207  // nabla: not like any of our letters
    }
  }

  private static func ascii(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0"): return UInt8(ascii: "o")
    case UInt8(ascii: "1"), UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "|"):
      return UInt8(ascii: "i")
    default:
      let small = byte | 0x20
      return letters.contains(small) && byte >= 0x41 ? small : nil
    }
  }

  private static let letters = Array("fromvied".utf8)

  private static let table: [UInt32: UInt8] = {
    var table: [UInt32: UInt8] = [:]
    for (letter, likes) in rows {
      for scalar in likes.unicodeScalars { table[scalar.value] = letter }
    }
    return table
  }()

  private static let rows: [(letter: UInt8, likes: String)] = [
    (UInt8(ascii: "f"), "ſᖴƑƒϜϝҒғքᵮᶂᶠḞḟẛẜẝℱꓝꜰꞘꞙꟳꬵ𝈓"),
    (UInt8(ascii: "r"), "ᖇŔŕŖŗŘřȐȑȒȓɌɍɼɽɾʀʳΓЃГгѓҐґᎡᏒᴦᴿᵣᵲᵳᶉṘṙṚṛṜṝṞṟℛℜℝⱤⲄⲅꓣꞦꞧꭆꭇꭈꭉꮁ𝼖"),
    (
      UInt8(ascii: "o"),
      "ºÒÓÔÕÖØòóôõöøŌōŎŏŐőƟƠơǑǒǪǫǬǭǾǿȌȍȎȏȪȫȬȭȮȯȰȱΌΟοσόОоѲѳӦӧӨөՕօ०০੦"
        + "૦௦౦೦൦๐໐ᴏᴼᵒṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợὀὁὂὃὄὅὸₒℴⱺⲞⲟꓳꝊꝋꝌꝍ𝼛"
    ),
    (UInt8(ascii: "m"), "ᗰɱΜϺϻМмӍӎᎷᴍᴹᵐᵯᶆḾḿṀṁṂṃₘℳⅯⅿⱮⲘⲙꓟꬺ"),
    (UInt8(ascii: "v"), "ƲʋΰνυϋύѴѵѶѷᏙᴠᵛᵥᶌṼṽṾṿὐὑὒὓὔὕὖὗὺⅤⅴ∨⋁ⱱⱴⱽⲩꓦꝞꝟ"),
    (
      UInt8(ascii: "i"),
      "ÌÍÎÏìíîïĨĩĪīĬĭĮįİıƖƗǀǏǐȈȉȊȋɨɩɪͺΊΐΙΪίιϊІЇіїӀӏᎥᴵᵢᶖḬḭḮḯỈỉỊịἰἱἲἳ"
        + "ἴἵἶἷὶῐῑῒῖῗⁱℐℑℹⅈⅠⅰ∣Ⲓⲓꓲ𝼚"
    ),
    (
      UInt8(ascii: "e"),
      "ÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩɆɇɛΈΕέεϵЀЁЄЕеѐёєҽҾҿӖӗᎬᴇᴱᵉᶒḔḕḖḗḘḙḚḛḜḝ"
        + "ẸẹẺẻẼẽẾếỀềỂểỄễỆệἐἑἒἓἔἕὲₑℇ℮ℯℰⅇ⋿ⱸⲈⲉꓰꬴ"
    ),
    (UInt8(ascii: "d"), "ÐðĎďĐđƊƋƌǅǲȡɖɗԀԁժᎠᑯᴅᴰᵈᵭᶁᶑḊḋḌḍḎḏḐḑḒḓⅅⅆⅮⅾꓓꟇꟈ"),
  ]
}
