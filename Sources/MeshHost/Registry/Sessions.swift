/// Putting sessions on and off the mesh by name: for people and scripts; hooks carry no name.
public struct Sessions: Sendable {
  let site: Site

  public init(_ site: Site) { self.site = site }

  public func set(_ session: String, off: Bool) throws(SetupError) {
    try OffList(site.home).set(session, off: off)
  }
}
