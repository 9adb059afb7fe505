// The C library of this system under one name, so that no other file has to ask which system it is built for.
// What differs in use is in the files of MeshHost/OS that begin with Linux and Darwin.
#if os(Linux)
  @_exported public import Glibc
#else
  @_exported public import Darwin
#endif
