#pragma once

/// The commit this program was built from, at least 7 hexadecimal digits, `+` at its end where the tree had changes;
/// empty where that is not known. Constant, never freed.
const char *agent_mesh_commit(void);
