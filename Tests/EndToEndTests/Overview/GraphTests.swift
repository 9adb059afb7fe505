import Mesh
import TestSupport
import Testing

/// The graph, in words and as a browser shows it.
@Suite struct GraphTests {
  @Test func listsAndHistoryAreDrawn() async throws {
    try await TwoAccounts.run { mesh in
      try await mesh.bobTmux.window("closed", ["cat"]).set("@agent-allow", "none")
      #expect(try await mesh.alice.run("notify-pane", ["bob-main-reader", "x"]).status == 0)
      #expect(try await mesh.alice.run("notify-pane", ["bob-main-closed", "x"]).status == 5)
      func graph(_ format: String) async throws -> String {
        let ran = try await mesh.bob.run("agent-mesh", ["graph", "--format", format])
        #expect(ran.status == 0, "\(ran)")
        return ran.text
      }
      let mermaid = try await graph("mermaid")
      #expect(mermaid.hasPrefix("flowchart LR") && mermaid.contains("-.->|refused 1|"))
      #expect(mermaid.contains("==>|1|") && mermaid.contains("linkStyle"))
      let dot = try await graph("dot")
      #expect(dot.contains("style=dashed") && dot.contains("subgraph cluster_"))
      let svg = try await graph("svg")
      #expect(svg.contains("class=\"refused\"") && svg.contains("stroke-dasharray"))
      #expect(svg.contains("class=\"did\"") && svg.contains("class=\"may\""))
    }
  }

  private static func picture(_ hosts: Int, _ agents: Int) throws -> String {
    let names = try (0..<hosts).map { try Host(validating: "host-\($0)") }
    let all = try names.flatMap { host in
      try (0..<agents).map { (host, try Address(validating: "\(host)-main-agent-number-\($0)")) }
    }
    var edges = names.flatMap { host in
      all.filter { $0.0 != host }.prefix(2).map { MeshGraph.Edge(.host(host), .agent($0.1), .may) }
    }
    for (index, agent) in all.enumerated() where index % 3 == 0 {
      let other = all[(index * 7 + 5) % all.count].1
      edges.append(MeshGraph.Edge(.agent(agent.1), .agent(other), .did, count: 2))
      edges.append(MeshGraph.Edge(.agent(other), .agent(agent.1), .refused, count: 1))
    }
    return GraphPicture(
      MeshGraph(home: names[0], hosts: names, agents: all, edges: edges)
    ).svg
  }

  /// What the page finds out: texts outside of their box or over another, and pixels of each colour.
  private static let script = """
    const svg = document.querySelector('svg'), box = svg.getBBox(), out = [];
    const texts = [...svg.querySelectorAll('text')], rects = [...svg.querySelectorAll('rect.host')];
    out.push('texts=' + texts.length);
    const inside = t => rects.some(r => { const a = t.getBBox(), b = r.getBBox();
      return a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height; });
    out.push('outside=' + texts.filter(t => !inside(t)).length);
    let over = 0;
    texts.forEach((t, i) => texts.slice(i + 1).forEach(u => { const a = t.getBBox(), b = u.getBBox();
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height) over++; }));
    out.push('over=' + over);
    const image = new Image();
    image.onload = () => {
      const c = document.createElement('canvas'); c.width = svg.width.baseVal.value; c.height = svg.height.baseVal.value;
      const g = c.getContext('2d'); g.drawImage(image, 0, 0);
      const d = g.getImageData(0, 0, c.width, c.height).data;
      let red = 0, green = 0;
      for (let i = 0; i < d.length; i += 4) {
        if (d[i] > 150 && d[i + 1] < 110 && d[i + 2] < 100) red++;
        if (d[i] < 110 && d[i + 1] > 90 && d[i + 1] < 170 && d[i + 2] < 110) green++;
      }
      out.push('red=' + (red > 20), 'green=' + (green > 20));
      document.title = out.join(' ') + ' end';
    };
    image.src = 'data:image/svg+xml;utf8,' + encodeURIComponent(svg.outerHTML);
    """

  /// A browser's start takes seconds, and minutes on a busy machine: only for who wants the pictures.
  @Test(
    .enabled(
      if: TestSupport.Environment.value("AGENT_MESH_PICTURES") != nil,
      "AGENT_MESH_PICTURES names no folder for pictures"),
    .serialized, arguments: [(2, 3), (5, 12)])
  func aBrowserShowsItReadably(hosts: Int, agents: Int) async throws {
    try await Sandbox.with { sandbox in
      guard let browser = try await Self.browser(sandbox) else { return }
      let svg = try Self.picture(hosts, agents)
      let (page, picture) = (sandbox.path("graph.html"), sandbox.path("graph.png"))
      try Files.write(
        page,
        "<!doctype html><meta charset=utf-8><body style='margin:0'>\(svg)<script>\(Self.script)</script>"
      )
      let common = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--user-data-dir=\(sandbox.path("profile"))",
        "--window-size=1700,1200", "--virtual-time-budget=4000",
      ]
      let dumped = try await sandbox.run(
        browser, common + ["--dump-dom", "file://\(page)"], within: .seconds(300))
      let title = try #require(
        dumped.text.firstMatch(of: #/<title>(texts=[^<]* end)</title>/#)?.output.1, "\(dumped)")
      // The legend's three texts stand below the boxes.
      #expect(title == "texts=\(hosts * (agents + 1) + 3) outside=3 over=0 red=true green=true end")
      let shot = try await sandbox.run(
        browser, common + ["--screenshot=\(picture)", "file://\(page)"], within: .seconds(300))
      let bytes = Files.read(picture) ?? []
      #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) && bytes.count > 10_000, "\(shot)")
      if let folder = TestSupport.Environment.value("AGENT_MESH_PICTURES") {
        try Files.write("\(folder)/graph-\(hosts * agents).png", bytes)
      }
    }
  }

  /// Debian's; nil: said aloud, and nothing is tested.
  private static func browser(_ sandbox: Sandbox) async throws -> String? {
    func found() async throws -> String? {
      let ran = try await sandbox.run(
        "sh", ["-c", "command -v chromium || command -v chromium-browser"],
        environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
      return ran.status == 0 ? ran.text : nil
    }
    if let browser = try await found() { return browser }
    print("SKIPPED: no chromium here: the graph was not looked at")
    return nil
  }
}
