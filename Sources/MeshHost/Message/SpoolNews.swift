package import Mesh

extension Spool {
  /// The messages that wait for a pane and were not mentioned before. They count as mentioned after this call.
  package func news(for pane: PaneKey) throws(SetupError) -> (count: Int, hosts: [Host]) {
    var items: [SpoolItem] = []
    for key in try keys() where key.server == pane.server && key.pane == pane.pane {
      items += try self.items(key)
    }
    let folder = try home.directory("state", "mentioned")
    let known = (try? folder.read(pane.fileName, limit: 64)).flatMap {
      Int64(String(decoding: $0, as: UTF8.self))
    }
    let new = items.filter { $0.arrival > known ?? 0 }
    guard let newest = new.map(\.arrival).max() else { return (0, []) }
    do { try folder.writeAtomically(pane.fileName, Array("\(newest)".utf8), sync: false) } catch {
      throw SetupError(error)
    }
    return (new.count, Set(new.map(\.host)).sorted())
  }
}
