/* Sends the frames of a capture out of an interface, at a steady rate.
 *
 *     sender INTERFACE CAPTURE COUNT RATE       prints: FRAMES OCTETS SECONDS
 *
 * CAPTURE is a pcap of Ethernet in this machine's byte order, over and over until COUNT frames are sent; RATE is in frames a
 * second, 0 for as fast as it goes. Frames are sent by a packet socket past the queueing discipline, 32 at a time; between
 * them the clock is watched, for a sleep would be too coarse. A frame that the kernel does not take ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, FILE_HEADER = 24, RECORD_HEADER = 16, ETHERNET_HEADER = 14 };

static int fail(const char *what) {
  perror(what);
  return 1;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The frames of a capture that lies in memory; how many there are. */
static size_t find_frames(char *octets, size_t size, struct iovec *frames, size_t room) {
  size_t count = 0, place = FILE_HEADER;
  while (count < room && size - place >= RECORD_HEADER) {
    uint32_t length;
    memcpy(&length, octets + place + 8, sizeof length);
    place += RECORD_HEADER;
    if (length > size - place) break;
    if (length >= ETHERNET_HEADER) frames[count++] = (struct iovec){octets + place, length};
    place += length;
  }
  return count;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 5) {
    fprintf(stderr, "usage: sender INTERFACE CAPTURE COUNT RATE\n");
    return 64;
  }
  uint64_t wanted = strtoull(arguments[3], NULL, 10), rate = strtoull(arguments[4], NULL, 10);

  int file = open(arguments[2], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) < 0) return fail(arguments[2]);
  size_t size = (size_t)status.st_size;
  char *octets = size < FILE_HEADER ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (octets == MAP_FAILED) return fail(arguments[2]);
  uint32_t magic, link_type;
  memcpy(&magic, octets, sizeof magic);
  memcpy(&link_type, octets + 20, sizeof link_type);
  if ((magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) || link_type != 1) {
    fprintf(stderr, "%s: no pcap of Ethernet in this machine's byte order\n", arguments[2]);
    return 65;
  }
  struct iovec *frames = calloc(wanted ? wanted : 1, sizeof *frames);
  if (frames == NULL) return fail("frames");
  size_t count = find_frames(octets, size, frames, wanted);
  if (count == 0) {
    fprintf(stderr, "%s: there are no frames\n", arguments[2]);
    return 65;
  }

  int sender = socket(AF_PACKET, SOCK_RAW, 0), yes = 1;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(arguments[1])};
  if (sender < 0 || address.sll_ifindex == 0 || bind(sender, (struct sockaddr *)&address, sizeof address) < 0 ||
      setsockopt(sender, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes) < 0)
    return fail(arguments[1]);

  struct mmsghdr messages[BATCH] = {0};
  uint64_t sent = 0, sent_octets = 0, begin = now();
  size_t next = 0;
  while (sent < wanted) {
    unsigned batch = wanted - sent < BATCH ? (unsigned)(wanted - sent) : BATCH;
    for (unsigned index = 0; index < batch; index++) {
      messages[index].msg_hdr.msg_iov = &frames[next];
      messages[index].msg_hdr.msg_iovlen = 1;
      sent_octets += frames[next].iov_len;
      next = next + 1 == count ? 0 : next + 1;
    }
    if (rate > 0) {
      uint64_t due = begin + (uint64_t)((double)sent * 1e9 / (double)rate);
      while (now() < due) {}
    }
    for (unsigned done = 0; done < batch;) {
      int result = sendmmsg(sender, messages + done, batch - done, 0);
      if (result < 0 && errno == EINTR) continue;
      if (result <= 0) return fail("sendmmsg");
      done += (unsigned)result;
    }
    sent += batch;
  }
  printf("%" PRIu64 " %" PRIu64 " %.6f\n", sent, sent_octets, (double)(now() - begin) / 1e9);
  return 0;
}
