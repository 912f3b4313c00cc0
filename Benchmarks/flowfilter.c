/* Makes the kernel run a classic BPF program that looks every packet's flow up in a list, on many sockets at once.
 *
 *     flowfilter INTERFACE SOCKETS SHAPE FLOWS       prints "ready", and goes when its standard input ends
 *
 * SHAPE is `none` (a program of one instruction), `list` (compared one after the other) or `tree` (halved each time). A flow is
 * one number of addresses and ports, the same in both directions; those of the list are random, so that no packet is in it and
 * each walks the whole way. Whatever is found, the program's answer is to drop: what is measured is the program, not a copy.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sock_filter program[BPF_MAXINSNS + 16];
static int length;

static int put(__u16 code, __u8 jump_true, __u8 jump_false, __u32 k) {
  if (length >= BPF_MAXINSNS) {
    fprintf(stderr, "the kernel takes no program of more than %d instructions\n", BPF_MAXINSNS);
    exit(65);
  }
  program[length] = (struct sock_filter){code, jump_true, jump_false, k};
  return length++;
}

static void put_answer(void) { put(BPF_RET | BPF_K, 0, 0, 0); }

/* An IPv4 packet's flow into the accumulator: addresses exclusive-or, and ports. */
static void put_key(void) {
  put(BPF_LD | BPF_H | BPF_ABS, 0, 0, 12);
  put(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ETH_P_IP);
  put_answer();
  put(BPF_LD | BPF_W | BPF_ABS, 0, 0, 26);
  put(BPF_MISC | BPF_TAX, 0, 0, 0);
  put(BPF_LD | BPF_W | BPF_ABS, 0, 0, 30);
  put(BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0);
  put(BPF_ST, 0, 0, 0);
  put(BPF_LDX | BPF_B | BPF_MSH, 0, 0, 14);
  put(BPF_LD | BPF_H | BPF_IND, 0, 0, 14);
  put(BPF_ST, 0, 0, 1);
  put(BPF_LD | BPF_H | BPF_IND, 0, 0, 16);
  put(BPF_LDX | BPF_MEM, 0, 0, 1);
  put(BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0);
  put(BPF_ALU | BPF_MUL | BPF_K, 0, 0, 0x9e3779b1);
  put(BPF_LDX | BPF_MEM, 0, 0, 0);
  put(BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0);
}

static void put_list(const __u32 *keys, int count) {
  for (int index = 0; index < count; index++) {
    put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, keys[index]);
    put_answer();
  }
  put_answer();
}

/* Keys in ascending order, first to last. */
static void put_tree(const __u32 *keys, int first, int last) {
  if (first == last) {
    put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, keys[first]);
    put_answer();
    put_answer();
    return;
  }
  int middle = (first + last) / 2;
  put(BPF_JMP | BPF_JGT | BPF_K, 0, 1, keys[middle]);
  int jump = put(BPF_JMP | BPF_JA, 0, 0, 0);
  put_tree(keys, first, middle);
  program[jump].k = (__u32)(length - jump - 1);
  put_tree(keys, middle + 1, last);
}

static int ascending(const void *left, const void *right) {
  __u32 a = *(const __u32 *)left, b = *(const __u32 *)right;
  return (a > b) - (a < b);
}

int main(int argument_count, char **arguments) {
  if (argument_count != 5) {
    fprintf(stderr, "usage: flowfilter INTERFACE SOCKETS SHAPE FLOWS\n");
    return 64;
  }
  int sockets = atoi(arguments[2]), flows = atoi(arguments[4]);
  __u32 keys[BPF_MAXINSNS];
  if (flows < 0 || flows > BPF_MAXINSNS) return 64;
  srandom(1);
  for (int index = 0; index < flows; index++) keys[index] = (__u32)random() << 1 ^ (__u32)random();
  qsort(keys, (size_t)flows, sizeof *keys, ascending);
  if (strcmp(arguments[3], "none") == 0 || flows == 0) {
    put_answer();
  } else {
    put_key();
    if (strcmp(arguments[3], "list") == 0)
      put_list(keys, flows);
    else
      put_tree(keys, 0, flows - 1);
  }
  struct sock_fprog attached = {(unsigned short)length, program};
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(arguments[1])};
  for (int number = 0; number < sockets; number++) {
    int listener = socket(AF_PACKET, SOCK_RAW, 0);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof attached) < 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) < 0) {
      perror("flowfilter");
      return 1;
    }
  }
  printf("ready\n");
  fflush(stdout);
  while (getchar() != EOF) {}
  return 0;
}
