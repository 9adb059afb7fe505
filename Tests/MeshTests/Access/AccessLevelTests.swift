import Mesh
import Testing

@Suite("Access levels and ceilings")
struct AccessLevelTests {
  let hub: AccessCase
  let me: AccessCase

  init() throws {
    hub = try AccessCase("hub-x")
    me = try AccessCase("me-x")
  }

  @Test("Unset everywhere: this account only")
  func unset() {
    for levels in [
      AllowLevels(), AllowLevels(sessions: [nil]),
      AllowLevels(sessions: [nil, nil], global: [nil, nil]),
      AllowLevels(sessions: [], global: [nil]), AllowLevels(server: "@mesh"),
    ] {
      #expect(!hub.ask(levels).isAdmitted && me.ask(levels).isAdmitted)
      #expect(hub.ask(levels).rule == AccessRule(level: .unset, rule: "no item admits"))
      #expect(me.ask(levels).rule.text == "unset: @self")
    }
  }

  @Test("The nearest level that is set decides alone, empty or malformed as it may be")
  func nearest() {
    for (decides, others) in [("@mesh", "none"), ("none", "@mesh"), ("", "@mesh"), ("*", "@mesh")] {
      let admits = decides == "@mesh"
      let cases: [(AccessLevel, AllowLevels)] = [
        (
          .pane,
          AllowLevels(
            pane: decides, window: others, sessions: [others], global: [others], server: others)
        ),
        (
          .window,
          AllowLevels(window: decides, sessions: [others, others], global: [others, others])
        ),
        (.session, AllowLevels(sessions: [decides], global: [others, others], server: others)),
        (.global, AllowLevels(sessions: [nil], global: [nil, decides], server: others)),
        (.global, AllowLevels(global: [decides], server: others)),
      ]
      for (level, levels) in cases {
        let ruling = hub.ask(levels)
        #expect(ruling.isAdmitted == admits, "\(levels)")
        #expect(ruling.rule.level == level)
      }
    }
  }

  @Test("A window in two sessions takes the stricter of both, in any order")
  func twoSessions() {
    for (one, other, global, admits) in [
      ("@mesh", "@mesh", nil, true), ("@mesh", "none", nil, false), ("@mesh", "hub-x", nil, true),
      ("@mesh", "@self", nil, false), ("@mesh", "", nil, false), ("@mesh", "*", nil, false),
      // The second session has no list of its own, so the global level counts for it.
      ("@mesh", nil, nil, false), ("@mesh", nil, "@mesh", true), ("@mesh", nil, "none", false),
      ("none", nil, "@mesh", false), (nil, nil, "@mesh", true), (nil, nil, nil, false),
    ] as [(String?, String?, String?, Bool)] {
      for sessions in [[one, other], [other, one], [one, other, one]] {
        let ruling = hub.ask(AllowLevels(sessions: sessions, global: [global, nil]))
        #expect(ruling.isAdmitted == admits, "\(sessions) \(global ?? "unset")")
      }
    }
  }

  @Test("Of the two global levels the stricter counts")
  func twoGlobals() {
    for (one, other, admits) in [
      ("@mesh", "@mesh", true), ("@mesh", "none", false), ("@mesh", "host:hub", true),
      ("@mesh", "@self", false), ("@mesh", "", false), ("@mesh", "*", false),
    ] {
      #expect(hub.ask(AllowLevels(global: [one, other])).isAdmitted == admits)
      #expect(hub.ask(AllowLevels(global: [other, one])).isAdmitted == admits)
      #expect(hub.ask(AllowLevels(pane: "@mesh", global: [other, one])).isAdmitted)
    }
  }

  @Test("A value at the server's level permits nobody")
  func server() {
    for list in ["@mesh", "host:hub", "hub-x", "@self"] {
      #expect(!hub.ask(AllowLevels(server: list)).isAdmitted)
    }
    #expect(me.ask(AllowLevels(server: "none")).isAdmitted)
  }

  @Test("How a sender was admitted")
  func standing() {
    func standing(_ sender: AccessCase, _ levels: AllowLevels) -> Standing? {
      sender.ask(levels).decision?.standing
    }
    #expect(standing(hub, AllowLevels(pane: "@mesh")) == .near)
    #expect(standing(hub, AllowLevels(window: "@mesh")) == .near)
    #expect(standing(hub, AllowLevels(sessions: ["@mesh"], global: ["none"])) == .near)
    #expect(standing(hub, AllowLevels(global: ["@mesh"])) == .global)
    #expect(standing(hub, AllowLevels(sessions: [nil], global: ["@mesh", "@mesh"])) == .global)
    // One of the sessions admits only because of the global level.
    #expect(standing(hub, AllowLevels(sessions: ["@mesh", nil], global: ["@mesh"])) == .global)
    #expect(standing(hub, AllowLevels(sessions: [nil, "@mesh"], global: ["@mesh"])) == .global)
    for levels in [AllowLevels(), AllowLevels(pane: "@self"), AllowLevels(global: ["@mesh"])] {
      #expect(standing(me, levels) == .own)
    }
  }

  @Test(
    "Named by the pane: by address or key, in the pane's own list, wherever it stands there",
    arguments: [
      ("hub-x", true), ("key:\(AccessCase.key)", true), ("@mesh hub-x", true),
      ("hub-x @mesh", true),
      ("host:hub key:\(AccessCase.key)", true), ("@mesh", false), ("host:hub", false),
      ("hub-*", false),
      ("hub-?", false), ("@mesh hub-y", false), ("hub-* hub-x", true), ("@mesh !hub-y hub-x", true),
    ])
  func named(list: String, isNamed: Bool) {
    #expect(hub.ask(AllowLevels(pane: list)).decision?.namedByPane == isNamed)
    #expect(hub.ask(AllowLevels(window: list)).decision?.namedByPane == false)
    #expect(hub.ask(AllowLevels(sessions: [list])).decision?.namedByPane == false)
    #expect(hub.ask(AllowLevels(global: [list])).decision?.namedByPane == false)
  }

  @Test("What was refused says which rule at which level, and a refusal wins the telling")
  func rules() {
    #expect(hub.ask(AllowLevels(pane: "@mesh !host:hub")).rule.text == "pane: !host:hub")
    #expect(hub.ask(AllowLevels(window: "")).rule.text == "window: the list is empty")
    #expect(hub.ask(AllowLevels(global: ["hub-y"])).rule.text == "global: no item admits")
    #expect(hub.ask(AllowLevels(sessions: ["*"])).rule.text == "session: the list does not parse")
    #expect(hub.ask(AllowLevels(pane: "hub-*,@mesh")).rule.text == "pane: hub-*")
  }

  @Test("Ceilings narrow, never widen; one that does not parse refuses everybody")
  func ceilings() {
    let open = AllowLevels(pane: "@mesh")
    for (ceiling, hubs, mine) in [
      (Ceiling(), true, true), (Ceiling(allow: "@mesh"), true, true),
      (Ceiling(allow: "@self"), false, true),
      (Ceiling(allow: "host:hub"), true, false), (Ceiling(allow: ""), false, false),
      (Ceiling(allow: "none"), false, false), (Ceiling(allow: "*"), false, false),
      (Ceiling(allow: "@mesh !hub-x"), false, true), (Ceiling(deny: ""), true, true),
      (Ceiling(deny: "none"), true, true), (Ceiling(deny: "@mesh"), false, false),
      (Ceiling(deny: "hub-*"), false, true), (Ceiling(deny: "host:hub"), false, true),
      (Ceiling(deny: "key:\(AccessCase.key)"), false, false),
      (Ceiling(deny: "host:nobody"), true, true),
      (Ceiling(deny: "*"), false, false), (Ceiling(deny: "evil-*"), false, false),
      (Ceiling(allow: "@mesh", deny: "hub-x"), false, true),
      (Ceiling(allow: "*", deny: "none"), false, false),
      // A refusal inside a list of refusals does not admit.
      (Ceiling(deny: "!hub-x"), false, true),
    ] {
      #expect(hub.ask(open, [ceiling]).isAdmitted == hubs, "\(ceiling)")
      #expect(me.ask(open, [ceiling]).isAdmitted == mine, "\(ceiling)")
      // Both ceilings count, in any order, and neither admits by itself.
      #expect(hub.ask(open, [Ceiling(allow: "@mesh"), ceiling]).isAdmitted == hubs)
      #expect(hub.ask(open, [ceiling, Ceiling(allow: "@mesh")]).isAdmitted == hubs)
      #expect(!hub.ask(open, [ceiling, Ceiling(deny: "host:hub")]).isAdmitted)
      #expect(!hub.ask(AllowLevels(pane: "none"), [ceiling]).isAdmitted)
      #expect(hub.ask(open, [ceiling]).isAdmitted || hub.ask(open, [ceiling]).rule.level == .policy)
    }
  }

  @Test("Levels have an order: nearest first")
  func order() {
    #expect(AccessLevel.allCases.sorted() == [.pane, .window, .session, .global, .unset, .policy])
  }
}
