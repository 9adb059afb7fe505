#include "build.h"

// Package.swift says which commit is built, where it is built from a checkout.
#ifndef AGENT_MESH_COMMIT
#define AGENT_MESH_COMMIT ""
#endif

const char *agent_mesh_commit(void) { return AGENT_MESH_COMMIT; }
