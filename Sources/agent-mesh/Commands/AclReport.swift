internal import Mesh
internal import MeshHost

/// What `acl explain` and `acl keep` print with `--json`.
enum AclReport {
  /// One object an option: its levels, nearest first, and what decides.
  static func print(_ acl: AclInspector, _ recipient: Recipient) throws {
    let via = InboxStanding(recipient, acl.site.home)?.words
    let ceilings = acl.inspection.policies.ceilings(for: recipient.address)
    for kind in AccessInspection.Kind.allCases {
      let levels = try acl.inspection.levels(of: recipient.place, kind)
      Output.json(
        Option(
          to: recipient.address.text, option: kind.rawValue,
          levels: levels.map { level in
            Level(
              level: level.name, decides: level.decides,
              value: level.value.map { SafeText.line($0, limit: 4096) },
              meaning: level.value.map { _ in acl.row(level)[3] })
          },
          ceilings: ceilings.map { ceiling in
            Ceiling(
              allow: ceiling.allow.map { SafeText.line($0, limit: 4096) },
              deny: ceiling.deny.map { SafeText.line($0, limit: 4096) })
          }, via: via))
    }
  }

  private struct Option: Encodable {
    let schema = 1
    let to: String
    let option: String
    let levels: [Level]
    let ceilings: [Ceiling]
    let via: String?
  }

  private struct Level: Encodable {
    let level: String
    let decides: Bool
    let value: String?
    let meaning: String?
  }

  private struct Ceiling: Encodable {
    let allow: String?
    let deny: String?
  }

  struct Kept: Encodable {
    let schema = 1
    let address: String
    let allow: String
    let kept: Bool

    init(_ restriction: AccessInspection.Restriction, _ kept: Bool) {
      address = restriction.address.text
      allow = SafeText.line(restriction.list, limit: 4096)
      self.kept = kept
    }
  }
}
