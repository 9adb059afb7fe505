/*
 * mldelay IFA IFB MS LOSS%: relays Ethernet frames between two interfaces of this network namespace, each way
 * MS milliseconds late, and drops LOSS percent of them. It stands in for `tc netem`, which few kernels have.
 * Prints "ready" once it relays. PACKET_VNET_HDR keeps what checksum and segmentation offload need.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { QUEUE = 65536, FRAME = 80000, BURST = 64 };

struct frame {
  long long due; /* nanoseconds */
  int length;
  unsigned char *bytes;
};

/* What is under way from each side. Head and tail count up for ever; the slot is the count modulo QUEUE. */
struct line {
  struct frame frames[QUEUE];
  unsigned head, tail;
};

static struct line lines[2];

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int open_interface(const char *name) {
  int s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), one = 1, large = 8 << 20;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  address.sll_ifindex = if_nametoindex(name);
  if (s < 0 || !address.sll_ifindex) {
    perror(name);
    exit(1);
  }
  setsockopt(s, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one);
  setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large);
  setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large);
  if (bind(s, (struct sockaddr *)&address, sizeof address)) {
    perror(name);
    exit(1);
  }
  struct packet_mreq all = {.mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
  setsockopt(s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
  return s;
}

static void take(int s, struct line *line, long long delay, double loss) {
  static unsigned char buffer[FRAME];
  for (int k = 0; k < BURST; k++) {
    struct sockaddr_ll from;
    socklen_t size = sizeof from;
    int n = recvfrom(s, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (n <= 0) return;
    if (from.sll_pkttype == PACKET_OUTGOING) continue; /* what we sent ourselves */
    if (loss > 0 && drand48() < loss) continue;
    if (line->head - line->tail >= QUEUE) continue;
    unsigned char *copy = malloc(n);
    if (!copy) continue;
    memcpy(copy, buffer, n);
    line->frames[line->head++ % QUEUE] = (struct frame){now() + delay, n, copy};
  }
}

static void give(int s, struct line *line, long long time) {
  while (line->head != line->tail && line->frames[line->tail % QUEUE].due <= time) {
    struct frame *f = &line->frames[line->tail++ % QUEUE];
    if (send(s, f->bytes, f->length, 0) < 0 && errno != ENOBUFS && errno != ENETDOWN) perror("send");
    free(f->bytes);
  }
}

/* Nanoseconds until the next frame is due; -1 when none is under way. */
static long long wait_for(void) {
  long long wait = -1, time = now();
  for (int i = 0; i < 2; i++) {
    if (lines[i].head == lines[i].tail) continue;
    long long left = lines[i].frames[lines[i].tail % QUEUE].due - time;
    if (left < 0) left = 0;
    if (wait < 0 || left < wait) wait = left;
  }
  return wait;
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "mldelay IFA IFB MS LOSS%%\n");
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1000);
  int s[2] = {open_interface(argv[1]), open_interface(argv[2])};
  long long delay = atof(argv[3]) * 1e6;
  double loss = atof(argv[4]) / 100;
  srand48(now());
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    long long wait = wait_for();
    struct pollfd polls[2] = {{s[0], POLLIN, 0}, {s[1], POLLIN, 0}};
    struct timespec t = {wait / 1000000000, wait % 1000000000};
    ppoll(polls, 2, wait < 0 ? NULL : &t, NULL);
    for (int i = 0; i < 2; i++)
      if (polls[i].revents & POLLIN) take(s[i], &lines[i], delay, loss);
    for (int i = 0; i < 2; i++) give(s[!i], &lines[i], now());
  }
}
