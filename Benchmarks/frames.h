/* Frames of made-up captures: Ethernet, IPv4, TCP and UDP with checksums of zero, and hellos of TLS. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char octet;

static octet frame[2048];
/* Packets written and to be written; the time of the next one since the capture's begin, and what passes between two. */
static uint64_t packets, limit, nanoseconds, nanoseconds_between = 10000;

static void put16(octet *at, unsigned value) { at[0] = value >> 8, at[1] = value & 255; }
static void put32(octet *at, uint32_t value) { put16(at, value >> 16), put16(at + 2, value & 0xffff); }

/* The header of a pcap with Ethernet frames, to standard output. */
static void begin_capture(void) {
  static const uint32_t header[6] = {0xa1b2c3d4u, 2 | 4 << 16, 0, 0, 262144, 1};
  setvbuf(stdout, NULL, _IOFBF, 1 << 18);
  fwrite(header, sizeof header, 1, stdout);
}

/* Ends the program once as many packets as asked for are written. */
static void write_frame(size_t length) {
  uint32_t header[4] = {1793610000u + nanoseconds / 1000000000u, nanoseconds / 1000 % 1000000, length, length};
  if (fwrite(header, sizeof header, 1, stdout) != 1 || fwrite(frame, length, 1, stdout) != 1) exit(1);
  nanoseconds += nanoseconds_between;
  if (++packets >= limit) exit(fflush(stdout) != 0);
}

/* The headers of a packet up to its transport header. */
static void internet(uint32_t source, uint32_t destination, int protocol, size_t length, uint32_t host) {
  memset(frame, 0, 54);
  frame[0] = 2, frame[5] = 1, frame[6] = 2;
  put32(frame + 8, host);
  put16(frame + 12, 0x0800);
  frame[14] = 0x45, frame[20] = 0x40, frame[22] = 64, frame[23] = protocol;
  put16(frame + 16, 20 + length);
  put32(frame + 26, source);
  put32(frame + 30, destination);
}

struct end { uint32_t address; unsigned port; };

/* What the TCP segments that follow acknowledge. */
static uint32_t acknowledgement;

static void tcp(struct end from, struct end to, uint32_t sequence, int flags, const octet *payload, size_t length) {
  internet(from.address, to.address, 6, 20 + length, from.address);
  octet *header = frame + 34;
  put16(header, from.port), put16(header + 2, to.port), put32(header + 4, sequence), put32(header + 8, acknowledgement);
  header[12] = 0x50, header[13] = flags;
  put16(header + 14, 65535), put32(header + 16, 0);
  memcpy(header + 20, payload, length);
  write_frame(54 + length);
}

static void udp(struct end from, struct end to, const octet *payload, size_t length) {
  internet(from.address, to.address, 17, 8 + length, from.address);
  octet *header = frame + 34;
  put16(header, from.port), put16(header + 2, to.port), put16(header + 4, 8 + length), put16(header + 6, 0);
  memcpy(header + 8, payload, length);
  write_frame(42 + length);
}

/* A TLS record with a whole ClientHello that names `name`; its length. `more` are extensions that follow the name. */
static size_t hello(octet *at, const char *name, const octet *more, size_t more_length) {
  size_t n = strlen(name), extensions = 9 + n + more_length, body = 2 + 32 + 1 + 4 + 2 + 2 + extensions;
  memset(at, 0, 9 + body);
  at[0] = 22, at[1] = 3, at[2] = 1, put16(at + 3, 4 + body);
  at[5] = 1, put16(at + 7, body);
  octet *next = at + 9;
  next[0] = 3, next[1] = 3, next += 35;
  put16(next, 2), put16(next + 2, 0x1301), next[4] = 1, next += 6;
  put16(next, extensions), next += 2;
  put16(next + 2, n + 5), put16(next + 4, n + 3), put16(next + 7, n);
  memcpy(next + 9, name, n);
  if (more_length > 0) memcpy(next + 9 + n, more, more_length);
  return 9 + body;
}
