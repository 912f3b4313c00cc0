/* Writes a capture in which one thing can grow and the rest stays: the same TLS connections, of which more or fewer are
 * open at one time, by more or fewer hosts.
 *
 *     growth FLOWS OPEN HOSTS USERS [NAMES]      a pcap to standard output
 *
 * Each of FLOWS connections has eight packets: SYN, SYN with ACK, ClientHello, the server's hello and a record; then, while
 * OPEN connections at most stand side by side, a record from each end and a FIN from each. One in four is led by a DNS
 * question and its answer. Which packet comes next is drawn; a packet of an open connection follows the one before after
 * ten seconds in the mean, whatever OPEN is: more open connections are more traffic, not more patience. HOSTS clients
 * take turns at connections to 20,000 sites. Each fiftieth connection is one to an AI service instead, of one of the first
 * USERS hosts: to api.openai.com, or to the names of the file NAMES in turn, one a line. Equal arguments give equal octets.
 */
#include "frames.h"

enum { SITES = 20000, HANDSHAKES = 256, AI_EACH = 50, DNS_EACH = 4, SECONDS_BETWEEN = 10 };
enum stage { QUESTION, ANSWER, SYN, SYN_ACK, HELLO, FLIGHT, REQUEST, RESPONSE, FIN, FIN_BACK, DONE };

struct flow { uint32_t number; uint8_t stage; };

static uint64_t flow_count, open_count, host_count, user_count, chance = 88172645463325252u;
static char **ai_names;
static size_t ai_name_count;

static uint32_t draw(uint32_t below) {
  chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
  return (uint32_t)((chance >> 32) * below >> 32);
}

static uint32_t mixed(uint32_t number) {
  uint64_t product = (number + 1) * 0x9e3779b97f4a7c15u;
  return (uint32_t)(product >> 32);
}

static int asks_first(uint32_t flow) { return mixed(~flow) % DNS_EACH == 0; }
static int is_use(uint32_t flow) { return flow % AI_EACH == 7; }

/* Ports go up as hosts take turns: no two open connections have the same ends. */
static struct end client_of(uint32_t flow) {
  uint64_t turn = is_use(flow) ? flow / AI_EACH : flow, hosts = is_use(flow) ? user_count : host_count;
  return (struct end){0x0a000001u + (uint32_t)(turn % hosts), 10000 + turn / hosts % 50000};
}

/* The name that a connection asks for; its server's address. */
static uint32_t name_of(uint32_t flow, char *name, size_t room) {
  if (is_use(flow)) {
    size_t which = flow / AI_EACH % ai_name_count;
    snprintf(name, room, "%s", ai_names[which]);
    return 0x68120001u + which;
  }
  snprintf(name, room, "www.site-%u.com", mixed(flow) % SITES);
  return 0x17000001u + mixed(flow) % SITES;
}

/* A DNS message about `name`, with an address where there is one. */
static size_t dns(octet *at, uint32_t flow, const char *name, uint32_t address) {
  memset(at, 0, 12);
  put16(at, flow & 0xffff), at[2] = address ? 0x81 : 1, at[3] = address ? 0x80 : 0;
  put16(at + 4, 1), put16(at + 6, address != 0);
  octet *next = at + 12;
  for (const char *label = name; *label;) {
    size_t length = strcspn(label, ".");
    *next++ = length;
    memcpy(next, label, length);
    next += length, label += length + (label[length] == '.');
  }
  memcpy(next, "\0\0\1\0\1", 5);
  next += 5;
  if (address) {
    memcpy(next, "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4", 12);
    put32(next + 12, address);
    next += 16;
  }
  return next - at;
}

/* What a browser's hello has behind the name: groups, signatures, ALPN, versions, a key. The hello's length. */
static size_t client_hello(octet *at, const char *name) {
  static octet more[160] =
      "\0\x0a\0\x08\0\x06\0\x1d\0\x17\0\x18" "\0\x0b\0\2\1\0" "\0\x0d\0\x0a\0\x08\4\3\x08\4\4\1\x08\5"
      "\0\x10\0\x0e\0\x0c\2h2\x08http/1.1" "\0\x2b\0\5\4\3\4\3\3" "\0\x2d\0\2\1\1" "\0\x33\0\x26\0\x24\0\x1d\0\x20";
  enum { FIXED = 12 + 6 + 14 + 18 + 9 + 6 + 10 };
  return hello(at, name, more, FIXED + 32);
}

/* The server's hello, TLS 1.3, and a sealed record with the rest of its flight. */
static size_t server_flight(octet *at) {
  static const octet begin[] = {22, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3};
  static const octet end[] = {0, 0x13, 1, 0, 0, 46, 0, 0x2b, 0, 2, 3, 4, 0, 0x33, 0, 0x24, 0, 0x1d, 0, 0x20};
  enum { HELLO_OCTETS = 95, SEALED = 105 };
  memset(at, 0x5a, HELLO_OCTETS + SEALED);
  memcpy(at, begin, sizeof begin);
  memcpy(at + 43, end, sizeof end);
  memcpy(at + HELLO_OCTETS, "\x17\3\3\0\x64", 5);
  return HELLO_OCTETS + SEALED;
}

static size_t record(octet *at, size_t length) {
  memset(at, 0xa5, length);
  at[0] = 23, at[1] = 3, at[2] = 3, put16(at + 3, length - 5);
  return length;
}

static void send(struct end from, struct end to, uint32_t sequence, uint32_t acknowledged, int flags,
                 const octet *payload, size_t length) {
  acknowledgement = acknowledged;
  tcp(from, to, sequence, flags, payload, length);
}

/* Writes the next packet of a connection. */
static void write_next(struct flow *flow) {
  enum { SERVER_FLIGHT = 200, CLIENT_RECORD = 64, SERVER_RECORD = 320 };
  char name[256];
  struct end client = client_of(flow->number), server = {name_of(flow->number, name, sizeof name), 443};
  struct end resolver = {0x0afffffeu, 53};
  octet payload[600], first_record[600];
  size_t client_flight = client_hello(first_record, name);
  /* Where both directions stand after their hellos. */
  uint32_t up = mixed(flow->number), down = ~up;
  switch ((enum stage)flow->stage++) {
  case QUESTION: udp(client, resolver, payload, dns(payload, flow->number, name, 0)); break;
  case ANSWER: udp(resolver, client, payload, dns(payload, flow->number, name, server.address)); break;
  case SYN: send(client, server, up - client_flight - 1, 0, 0x02, payload, 0); break;
  case SYN_ACK: send(server, client, down - SERVER_FLIGHT - 1, up - client_flight, 0x12, payload, 0); break;
  case HELLO: send(client, server, up - client_flight, down - SERVER_FLIGHT, 0x18, first_record, client_flight); break;
  case FLIGHT: send(server, client, down - SERVER_FLIGHT, up, 0x18, payload, server_flight(payload)); break;
  case REQUEST: send(client, server, up, down, 0x18, payload, record(payload, CLIENT_RECORD)); break;
  case RESPONSE: send(server, client, down, up + CLIENT_RECORD, 0x18, payload, record(payload, SERVER_RECORD)); break;
  case FIN: send(client, server, up + CLIENT_RECORD, down + SERVER_RECORD, 0x11, payload, 0); break;
  case FIN_BACK: send(server, client, down + SERVER_RECORD, up + CLIENT_RECORD + 1, 0x11, payload, 0); break;
  case DONE: break;
  }
}

/* Ends through `write_frame`, with the last packet. */
static void write_all(void) {
  struct flow *open = malloc(open_count * sizeof *open), beginning[HANDSHAKES];
  if (open == NULL) exit(1);
  uint64_t next = 0, opened = 0, begun = 0;
  for (;;) {
    while (begun < HANDSHAKES && next < flow_count) {
      beginning[begun++] = (struct flow){next, asks_first(next) ? QUESTION : SYN};
      next++;
    }
    if (begun > 0 && opened < open_count) {
      uint32_t which = draw(begun);
      write_next(&beginning[which]);
      if (beginning[which].stage == REQUEST) {
        open[opened++] = beginning[which];
        beginning[which] = beginning[--begun];
      }
    } else {
      uint32_t which = draw(opened);
      write_next(&open[which]);
      if (open[which].stage == DONE) open[which] = open[--opened];
    }
  }
}

static void read_names(const char *path) {
  FILE *file = path ? fopen(path, "r") : NULL;
  if (path && file == NULL) {
    perror(path);
    exit(66);
  }
  char line[256] = "api.openai.com";
  while (file == NULL || fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = 0;
    ai_names = realloc(ai_names, (ai_name_count + 1) * sizeof *ai_names);
    if (ai_names == NULL || (ai_names[ai_name_count++] = strdup(line)) == NULL) exit(1);
    if (file == NULL) return;
  }
  fclose(file);
}

int main(int argument_count, char **arguments) {
  if (argument_count >= 5) {
    flow_count = strtoull(arguments[1], NULL, 10), open_count = strtoull(arguments[2], NULL, 10);
    host_count = strtoull(arguments[3], NULL, 10), user_count = strtoull(arguments[4], NULL, 10);
  }
  /* So many connections share a host's ports, and their numbers are of 32 bits. */
  if (argument_count < 5 || argument_count > 6 || flow_count == 0 || flow_count > UINT32_MAX || open_count == 0 ||
      user_count == 0 || user_count > host_count || host_count > 1 << 20 || (open_count + HANDSHAKES) / host_count >= 50000) {
    fprintf(stderr, "usage: growth FLOWS OPEN HOSTS USERS [NAMES]\n");
    return 64;
  }
  read_names(argument_count == 6 ? arguments[5] : NULL);
  if (ai_name_count == 0) {
    fprintf(stderr, "growth: %s: no names\n", arguments[5]);
    return 65;
  }
  for (uint64_t flow = 0; flow < flow_count; flow++) limit += asks_first(flow) ? 10 : 8;
  /* Of each 17 packets 8 are of connections that are open. */
  nanoseconds_between = SECONDS_BETWEEN * UINT64_C(1000000000) / open_count * 8 / 17;
  begin_capture();
  write_all();
}
