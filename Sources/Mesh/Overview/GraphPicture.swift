/// The graph as an SVG that any browser shows: a box per host and a row per agent. What the lists
/// allow is thin grey, messages are green, refused messages red and dashed.
package struct GraphPicture {
  private static let rowHeight = 24
  private static let boxWidth = 230
  private static let gapX = 150
  private static let gapY = 60
  private static let margin = 40
  private static let boxesInARow = 4

  private struct Frame {
    let x: Int
    let y: Int
    let height: Int
  }

  private let graph: MeshGraph
  private var frames: [Host: Frame] = [:]
  private var rows: [Address: (x: Int, y: Int)] = [:]
  private var width = 0
  private var height = 0

  package init(_ graph: MeshGraph) {
    self.graph = graph
    var (x, y, tallest) = (Self.margin, Self.margin, 0)
    for (index, box) in graph.boxes.enumerated() {
      if index > 0, index % Self.boxesInARow == 0 {
        (x, y, tallest) = (Self.margin, y + tallest + Self.gapY, 0)
      }
      let tall = 40 + max(1, box.agents.count) * Self.rowHeight
      frames[box.host] = Frame(x: x, y: y, height: tall)
      for (number, agent) in box.agents.enumerated() {
        rows[agent] = (x, y + 32 + number * Self.rowHeight + Self.rowHeight / 2)
      }
      width = max(width, x + Self.boxWidth + Self.margin)
      height = max(height, y + tall + 70)
      tallest = max(tallest, tall)
      x += Self.boxWidth + Self.gapX
    }
    width = max(width + 90, 560)
  }

  package var svg: String {
    var parts = [head]
    parts += graph.boxes.compactMap(draw)
    parts += graph.edges.compactMap(draw)
    parts.append(legend)
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private var head: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
    font-family="system-ui, sans-serif" font-size="13">
    <title>Who may reach whom, and who did</title>
    <defs>
    \(MeshGraph.Kind.allCases.map(marker).joined(separator: "\n"))
    </defs>
    <rect width="100%" height="100%" fill="#ffffff"/>
    """
  }

  private func marker(_ kind: MeshGraph.Kind) -> String {
    "<marker id=\"\(kind.rawValue)\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"\(colour(kind))\"/></marker>"
  }

  private func colour(_ kind: MeshGraph.Kind) -> String {
    switch kind {
    case .may: "#9aa3ab"
    case .did: "#1f6f3f"
    case .refused: "#c0392b"
    }
  }

  private func style(_ kind: MeshGraph.Kind) -> String {
    let dash = kind == .refused ? " stroke-dasharray=\"7 5\"" : ""
    let wide = kind == .may ? "1" : "2"
    return
      "fill=\"none\" stroke=\"\(colour(kind))\" stroke-width=\"\(wide)\"\(dash) marker-end=\"url(#\(kind.rawValue))\""
  }

  private func draw(_ box: MeshGraph.Box) -> String? {
    guard let frame = frames[box.host] else { return nil }
    var lines = [
      "<rect class=\"host\" x=\"\(frame.x)\" y=\"\(frame.y)\" width=\"\(Self.boxWidth)\" height=\"\(frame.height)\" rx=\"8\" fill=\"#f4f6f8\" stroke=\"#3b4650\"/>",
      text(frame.x + 12, frame.y + 20, box.host.name, bold: true),
    ]
    for agent in box.agents {
      guard let row = rows[agent] else { continue }
      lines.append(text(row.x + 20, row.y + 4, label(agent, box.host)))
    }
    return lines.joined(separator: "\n")
  }

  /// Without the host, which the box already shows; the tooltip has the whole address.
  private func label(_ agent: Address, _ host: Host) -> String {
    let short =
      agent.text.hasPrefix(host.name + "-")
      ? String(agent.text.dropFirst(host.name.utf8.count + 1)) : agent.text
    return short.utf8.count <= 28 ? short : Cells.cut(short, to: 28)
  }

  private func text(_ x: Int, _ y: Int, _ text: String, bold: Bool = false) -> String {
    let weight = bold ? " font-weight=\"600\"" : ""
    return "<text x=\"\(x)\" y=\"\(y)\"\(weight) fill=\"#1c2329\">\(Self.escaped(text))</text>"
  }

  /// Names are slugs, which need no escaping; this does not rely on it.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in SafeText.line(text).unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  private func draw(_ edge: MeshGraph.Edge) -> String? {
    guard let from = place(edge.from), let to = place(edge.to) else { return nil }
    let path = from.x == to.x ? loop(from, to) : curve(from, to)
    let title =
      "\(edge.from.text) → \(edge.to.text): \(edge.kind.rawValue)"
      + (edge.count > 0 ? " \(edge.count)" : "")
    return
      "<path class=\"\(edge.kind.rawValue)\" d=\"\(path)\" \(style(edge.kind))><title>\(Self.escaped(title))</title></path>"
  }

  /// The middle of a row's left side, or of a box's head.
  private func place(_ end: MeshGraph.End) -> (x: Int, y: Int)? {
    switch end {
    case .agent(let address):
      if let row = rows[address] { return row }
      return (try? Host(validating: address.text)).flatMap { place(.host($0)) }
    case .host(let host): return frames[host].map { ($0.x, $0.y + 15) }
    }
  }

  /// Between two rows of one column: a loop on the right, wider for a greater distance.
  private func loop(_ from: (x: Int, y: Int), _ to: (x: Int, y: Int)) -> String {
    let right = from.x + Self.boxWidth
    let out = right + 18 + min(70, abs(from.y - to.y) / 4)
    let end = from.y == to.y ? to.y + 8 : to.y
    return "M\(right) \(from.y)C\(out) \(from.y) \(out) \(end) \(right) \(end)"
  }

  private func curve(_ from: (x: Int, y: Int), _ to: (x: Int, y: Int)) -> String {
    let forward = from.x < to.x
    let start = forward ? from.x + Self.boxWidth : from.x
    let end = forward ? to.x : to.x + Self.boxWidth
    // Shifted by 3 pixels, so that the edges of both directions are visible.
    let (y1, y2) = forward ? (from.y - 3, to.y - 3) : (from.y + 3, to.y + 3)
    let bend = max(40, abs(end - start) / 2)
    let (c1, c2) = forward ? (start + bend, end - bend) : (start - bend, end + bend)
    return "M\(start) \(y1)C\(c1) \(y1) \(c2) \(y2) \(end) \(y2)"
  }

  private var legend: String {
    let words: [(MeshGraph.Kind, String)] = [
      (.may, "may, by the lists"), (.did, "did, by the history"), (.refused, "refused"),
    ]
    let y = height - 26
    return words.enumerated().map { index, word in
      let x = Self.margin + index * 170
      return "<path d=\"M\(x) \(y)H\(x + 34)\" \(style(word.0))/>" + text(x + 42, y + 4, word.1)
    }.joined(separator: "\n")
  }
}
