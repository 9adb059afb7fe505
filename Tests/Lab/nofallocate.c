/* LD_PRELOAD: a file system that cannot reserve room, as ext2 and many network file systems. */
#include <errno.h>
#include <sys/types.h>

int fallocate(int fd, int mode, off_t from, off_t count) {
  (void)fd, (void)mode, (void)from, (void)count;
  errno = EOPNOTSUPP;
  return -1;
}
