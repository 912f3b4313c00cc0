/* Puts the frames of a capture into the receiving side of an interface, as if a driver had brought them.
 *
 *     injector INTERFACE CAPTURE COUNT RATE       prints: FRAMES OCTETS SECONDS
 *
 * Takes the same words as sender, and is thrice as fast: an XDP program fetches each frame from a map, and the kernel's test
 * run with live frames (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18) hands it on, 64 at a time. The program also watches the clock:
 * it drops, uncounted, what comes before its time. Frames longer than 1,524 octets do not fit a page and are left out.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16, ETHERNET_HEADER = 14, LONGEST = 1524, MOST_FRAMES = 1000000 };

/* What a frame has in the first map; the program finds its octets 8 behind the start. */
struct slot {
  uint32_t length, unused;
  char octets[LONGEST + 4];
};

/* The one value of the second map, which the program counts in. */
struct progress {
  uint64_t index, sent, due, last;
};

static long bpf(int command, union bpf_attr *attributes) { return syscall(__NR_bpf, command, attributes, sizeof *attributes); }

static int fail(const char *what) {
  perror(what);
  return 1;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* An array that the kernel and this program see. */
static void *make_map(uint32_t value_size, uint32_t count, int *descriptor) {
  union bpf_attr attributes = {
      .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = value_size, .max_entries = count, .map_flags = BPF_F_MMAPABLE};
  *descriptor = (int)bpf(BPF_MAP_CREATE, &attributes);
  if (*descriptor < 0) return MAP_FAILED;
  return mmap(NULL, (size_t)value_size * count, PROT_READ | PROT_WRITE, MAP_SHARED, *descriptor, 0);
}

#define OP(code_, to, from, offset, number) \
  ((struct bpf_insn){.code = (code_), .dst_reg = (to), .src_reg = (from), .off = (offset), .imm = (number)})
#define MOVE(to, from) OP(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define SET(to, number) OP(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number)
#define ADD(to, number) OP(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number)
#define MINUS(to, from) OP(BPF_ALU64 | BPF_SUB | BPF_X, to, from, 0, 0)
#define LOAD(size, to, from, offset) OP(BPF_LDX | BPF_MEM | (size), to, from, offset, 0)
#define STORE(size, to, from, offset) OP(BPF_STX | BPF_MEM | (size), to, from, offset, 0)
#define CALL(function) OP(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define MAP(to, descriptor) OP(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, descriptor), OP(0, 0, 0, 0, 0)
/* To the end, where the frame is dropped; the distance is put in afterwards. */
#define DROP_IF(test, left, number) OP(BPF_JMP | (test) | BPF_K, left, 0, 0x7fff, number)
#define DROP_IF_BELOW(left, right) OP(BPF_JMP | BPF_JLT | BPF_X, left, right, 0x7fff, 0)
#define KEY_BELOW_STACK MOVE(2, 10), ADD(2, -4)

static int load_program(int frames, int count, int progress, uint64_t wanted, uint64_t interval) {
  struct bpf_insn program[] = {
      MOVE(6, 1),  // the context
      OP(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
      MAP(1, progress), KEY_BELOW_STACK, CALL(BPF_FUNC_map_lookup_elem), DROP_IF(BPF_JEQ, 0, 0),
      MOVE(9, 0),  // struct progress
      LOAD(BPF_DW, 1, 9, offsetof(struct progress, sent)), DROP_IF(BPF_JGE, 1, (int)wanted),
      CALL(BPF_FUNC_ktime_get_ns), LOAD(BPF_DW, 1, 9, offsetof(struct progress, due)), DROP_IF_BELOW(0, 1),
      STORE(BPF_DW, 9, 0, offsetof(struct progress, last)),
      ADD(1, (int)interval), STORE(BPF_DW, 9, 1, offsetof(struct progress, due)),
      LOAD(BPF_DW, 1, 9, offsetof(struct progress, sent)), ADD(1, 1), STORE(BPF_DW, 9, 1, offsetof(struct progress, sent)),
      LOAD(BPF_DW, 1, 9, offsetof(struct progress, index)), STORE(BPF_W, 10, 1, -4), ADD(1, 1),
      OP(BPF_JMP | BPF_JLT | BPF_K, 1, 0, 1, count), SET(1, 0), STORE(BPF_DW, 9, 1, offsetof(struct progress, index)),
      MAP(1, frames), KEY_BELOW_STACK, CALL(BPF_FUNC_map_lookup_elem), DROP_IF(BPF_JEQ, 0, 0),
      MOVE(7, 0),  // struct slot
      LOAD(BPF_W, 8, 7, offsetof(struct slot, length)),
      // The page's frame becomes as long as this one, and its octets.
      LOAD(BPF_W, 3, 6, offsetof(struct xdp_md, data_end)), LOAD(BPF_W, 4, 6, offsetof(struct xdp_md, data)), MINUS(3, 4),
      MOVE(2, 8), MINUS(2, 3), MOVE(1, 6), CALL(BPF_FUNC_xdp_adjust_tail), DROP_IF(BPF_JNE, 0, 0),
      DROP_IF(BPF_JGT, 8, LONGEST), DROP_IF(BPF_JLT, 8, ETHERNET_HEADER),
      MOVE(1, 6), SET(2, 0), MOVE(3, 7), ADD(3, offsetof(struct slot, octets)), MOVE(4, 8), CALL(BPF_FUNC_xdp_store_bytes),
      DROP_IF(BPF_JNE, 0, 0),
      SET(0, XDP_PASS), OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
      SET(0, XDP_DROP), OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  int length = sizeof program / sizeof *program;
  for (int index = 0; index < length; index++)
    if (program[index].off == 0x7fff) program[index].off = (int16_t)(length - 2 - index - 1);
  union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_XDP, .insns = (uintptr_t)program, .insn_cnt = (uint32_t)length,
                               .license = (uintptr_t) "Apache-2.0"};
  return (int)bpf(BPF_PROG_LOAD, &attributes);
}

/* The frames of a capture into the map; how many, and their octets. */
static uint32_t fill(struct slot *slots, uint32_t room, const char *octets, size_t size, uint64_t *total) {
  uint32_t count = 0;
  for (size_t place = FILE_HEADER; count < room && size - place >= RECORD_HEADER;) {
    uint32_t length;
    memcpy(&length, octets + place + 8, sizeof length);
    place += RECORD_HEADER;
    if (length > size - place) break;
    if (length >= ETHERNET_HEADER && length <= LONGEST) {
      slots[count].length = length;
      memcpy(slots[count++].octets, octets + place, length);
      *total += length;
    }
    place += length;
  }
  return count;
}

int main(int argument_count, char **arguments) {
  if (argument_count != 5) {
    fprintf(stderr, "usage: injector INTERFACE CAPTURE COUNT RATE\n");
    return 64;
  }
  uint64_t wanted = strtoull(arguments[3], NULL, 10), rate = strtoull(arguments[4], NULL, 10), total = 0;
  if (wanted == 0 || wanted > INT32_MAX) return 64;
  int file = open(arguments[2], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) < 0) return fail(arguments[2]);
  size_t size = (size_t)status.st_size;
  char *octets = size < FILE_HEADER ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (octets == MAP_FAILED) return fail(arguments[2]);

  int frames, counts;
  uint32_t room = wanted < MOST_FRAMES ? (uint32_t)wanted : MOST_FRAMES;
  struct slot *slots = make_map(sizeof(struct slot), room, &frames);
  struct progress *progress = make_map(sizeof(struct progress), 1, &counts);
  if (slots == MAP_FAILED || progress == MAP_FAILED) return fail("a map for the frames");
  uint32_t count = fill(slots, room, octets, size, &total);
  if (count == 0) {
    fprintf(stderr, "%s: there are no frames\n", arguments[2]);
    return 65;
  }
  int program = load_program(frames, (int)count, counts, wanted, rate ? 1000000000u / rate : 0);
  if (program < 0) return fail("an XDP program");

  char page[LONGEST] = {0};
  struct xdp_md context = {.data_end = sizeof page, .ingress_ifindex = if_nametoindex(arguments[1])};
  uint64_t begin = now();
  volatile struct progress *seen = progress;
  progress->due = begin;
  while (seen->sent < wanted) {
    // A run ends with a pause of some 20 ms, so that there should be few; what is dropped counts as well.
    uint64_t left = wanted - seen->sent;
    union bpf_attr attributes = {.test = {.prog_fd = (uint32_t)program, .data_in = (uintptr_t)page, .data_size_in = sizeof page,
                                          .ctx_in = (uintptr_t)&context, .ctx_size_in = sizeof context,
                                          .repeat = rate ? 4000000 : left < 1000000 ? (uint32_t)left : 1000000,
                                          .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64}};
    if (bpf(BPF_PROG_TEST_RUN, &attributes) < 0 && errno != EINTR) return fail("a test run with live frames");
  }
  printf("%" PRIu64 " %" PRIu64 " %.6f\n", wanted, (uint64_t)((double)total / count * (double)wanted),
         (double)(seen->last - begin) / 1e9);
  return 0;
}
