/// Putting sessions on and off the mesh by name: for people and scripts; hooks carry no name.
package struct Sessions: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  package func set(_ session: String, off: Bool) throws(SetupError) {
    try OffList(site.home).set(session, off: off)
  }
}
