print("agent-mesh")
