import TestSupport
import Testing

/// What is remembered of a pane belongs to one run of its server: a later server may have the same pid and panes.
@Suite struct PaneMemoryTests {
  @Test func itIsKeptForOneServerAndSweptAfterIt() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      #expect(try await mesh.send("hub-main-sink", "hello").status == 0)
      try await cat.wait()
      let server = try await cat.pane.format("#{pid}-#{start_time}")
      let live = "\(server)-\(cat.pane.id.dropFirst())"
      let folders = ["last", "recent", "mentioned"].map { mesh.agents + "/state/" + $0 }
      for folder in folders.prefix(2) { #expect(Files.list(folder) == [live]) }
      try Files.makeDirectory(folders[2])
      for folder in folders {
        // Of a server that ended, and as earlier versions named them.
        for name in ["4194300-1-0", "4194300-0", live] {
          if !Files.exists("\(folder)/\(name)") { try Files.write("\(folder)/\(name)", "x") }
        }
      }
      #expect(try await mesh.run("agent-discover").status == 0)
      for folder in folders { #expect(Files.list(folder) == [live]) }
    }
  }
}
