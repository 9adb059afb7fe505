internal import Mesh

/// What a sender may do in this pane beyond being admitted.
struct SenderRights {
  private let force: Bool
  private let decision: AccessDecision

  init(_ look: PaneLook, _ decision: AccessDecision, _ delivery: PaneDelivery) {
    self.decision = decision
    let levels = AllowLevels(look.options[AccessOption.force], delivery.recipient.pane)
    let ruling = Access.judge(decision.sender, levels: levels, hosts: delivery.hosts)
    if case .admitted = ruling { force = true } else { force = false }
  }

  func sender(_ statement: Statement) -> Mesh.Sender {
    Mesh.Sender(
      decision.standing, namedByPane: decision.namedByPane,
      force: force && statement.options.force)
  }
}
