/* Writes a capture that is made to cost its reader as much memory and time as it can.
 *
 *     attacks CASE COUNT       a pcap with about COUNT packets, to standard output
 *     attacks --list           the cases, one a line
 *
 * Sizes are those of IPv4 over Ethernet; checksums are zero. Equal arguments give equal octets.
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "frames.h"

static const char AI_NAME[] = "api.openai.com";

static struct end client(uint64_t number) {
  return (struct end){0x0a000000u + (uint32_t)(number & 0xffffff), 10000 + (number >> 24)};
}
static const struct end SERVER = {0xc0000201u, 443};
static octet data[1400];

static void syns(void) {
  for (uint64_t i = 0;; i++) tcp(client(i), SERVER, i, 2, data, 0);
}

/* 70,000 hellos of 64 KiB, of which the end never comes, in turns. */
static void endless_hellos(void) {
  static const octet begin[9] = {22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xf0};
  memcpy(data, begin, sizeof begin);
  for (uint64_t round = 0;; round++)
    for (uint64_t i = 0; i < 70000; i++) {
      if (round == 1 && i == 0) memset(data, 0, sizeof data);
      tcp(client(i), SERVER, 1 + round * sizeof data, 0x18, data, sizeof data);
    }
}

/* Segments of one octet after a gap that is never filled: what keeping one costs is far more than what it holds. */
static void early_octets(void) {
  for (uint64_t i = 0; i < 70000; i++) tcp(client(i), SERVER, 0, 2, data, 0);
  for (uint64_t round = 0;; round++)
    for (uint64_t i = 0; i < 70000; i++) tcp(client(i), SERVER, 1000 + 2 * round, 0x18, data, 1);
}

static void open_metered(uint64_t flow, const char *name) {
  octet record[512];
  size_t length = hello(record, name, NULL, 0);
  tcp(client(flow), SERVER, 0, 2, data, 0);
  tcp(SERVER, client(flow), 0, 0x12, data, 0);
  tcp(client(flow), SERVER, 1, 0x18, record, length);
}

/* Flows to an AI service whose answers never come in order. */
static void early_answers(void) {
  for (uint64_t i = 0; i < 70000; i++) open_metered(i, AI_NAME);
  for (uint64_t round = 0;; round++)
    for (uint64_t i = 0; i < 70000; i++) tcp(SERVER, client(i), 5000 + round * 3000, 0x18, data, sizeof data);
}

/* Flows to an AI service whose server begins a handshake message that never ends. */
static void endless_handshakes(void) {
  static const octet begin[9] = {22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc};
  for (uint64_t i = 0; i < 70000; i++) open_metered(i, AI_NAME);
  for (uint64_t round = 0;; round++)
    for (uint64_t i = 0; i < 70000; i++) {
      memset(data, 0, sizeof begin);
      if (round == 0) memcpy(data, begin, sizeof begin);
      tcp(SERVER, client(i), 1 + round * sizeof data, 0x18, data, sizeof data);
    }
}

/* Turns of ever more of the smallest records: two octets are kept of each. */
static void endless_turns(void) {
  octet request[205] = {23, 3, 3, 0, 200};
  for (size_t i = 0; i + 6 <= sizeof data; i += 6) memcpy(data + i, "\x17\3\3\0\1", 6);
  size_t length = sizeof data / 6 * 6;
  for (uint64_t i = 0; i < 60000; i++) {
    octet record[512];
    size_t count = hello(record, AI_NAME, NULL, 0);
    open_metered(i, AI_NAME);
    tcp(client(i), SERVER, 1 + count, 0x18, request, sizeof request);
    tcp(client(i), SERVER, 1 + count + sizeof request, 0x18, request, sizeof request);
  }
  /* An octet of 60 makes the answer one; after it the small records count. */
  octet answer[305] = {23, 3, 3, 1, 44};
  for (uint64_t i = 0; i < 60000; i++) tcp(SERVER, client(i), 1, 0x18, answer, sizeof answer);
  for (uint64_t round = 0;; round++)
    for (uint64_t i = 0; i < 60000; i++)
      tcp(SERVER, client(i), 1 + sizeof answer + round * length, 0x18, data, length);
}

/* Each of ever more hosts uses an AI service under a name of its own; ten seconds pass with each thousand. */
static void ai_hosts(void) {
  octet record[512];
  char name[64];
  for (uint64_t i = 0;; i++) {
    snprintf(name, sizeof name, "host-%" PRIu64 ".openai.azure.com", i);
    tcp(client(i), SERVER, 0, 2, data, 0);
    tcp(client(i), SERVER, 1, 0x18, record, hello(record, name, NULL, 0));
    tcp(client(i), SERVER, 1000, 0x04, data, 0);
    if (i % 1000 == 0) nanoseconds += 10000000000u;
  }
}

static void fragments(void) {
  for (uint64_t i = 0;; i++) {
    internet(0x0a000000u + i % 512, SERVER.address, 17, 1400, 1);
    put16(frame + 18, i & 0xffff);
    put16(frame + 20, 0x2000 | (i % 44 * 175));
    write_frame(34 + 1400);
  }
}

/* Fragments of eight octets with a hole before each. */
static void small_fragments(void) {
  for (uint64_t i = 0;; i++) {
    internet(0x0a000000u + i % 256, SERVER.address, 17, 8, 1);
    put16(frame + 18, 7);
    put16(frame + 20, 0x2000 | (1 + 2 * (i / 256 % 4000)));
    write_frame(34 + 8);
  }
}

/* Answers with forty addresses each, for names of AI services, to ever more clients. */
static void dns_answers(void) {
  static const octet question[] = "\0\1\x81\x80\0\1\0\x28\0\0\0\0\3api\6openai\3com\0\0\1\0\1";
  octet message[800];
  for (uint64_t i = 0;; i++) {
    size_t length = sizeof question - 1;
    memcpy(message, question, length);
    for (uint32_t k = 0; k < 40; k++, length += 16) {
      memcpy(message + length, "\xc0\x0c\0\1\0\1\0\1\0\0\0\4", 12);
      put32(message + length + 12, 0xc6000000u + i * 40 + k);
    }
    udp((struct end){0x08080808u, 53}, client(i), message, length);
  }
}

static void dhcp_hosts(void) {
  octet message[320];
  for (uint64_t i = 0;; i++) {
    memset(message, 0, sizeof message);
    message[0] = 1, message[1] = 1, message[2] = 6;
    put32(message + 12, 0x0a000000u + i);
    message[28] = 2, put32(message + 30, i);
    memcpy(message + 236, "\x63\x82\x53\x63\x35\1\3\x0c\x3c", 9);
    memset(message + 245, 'a', 60);
    put32(message + 245, 0x61616161u + (i & 0x0f0f0f0f));
    message[305] = 255;
    udp((struct end){0x0a000000u + i, 68}, (struct end){0xffffffffu, 67}, message, 306);
  }
}

static void http_heads(void) {
  for (uint64_t round = 0;; round++)
    for (uint64_t i = 0; i < 70000; i++) {
      memset(data, 'a', sizeof data);
      if (round == 0) memcpy(data, "POST /api/chat HTTP/1.1\r\nX: ", 28);
      struct end server = {SERVER.address, 11434};
      tcp(client(i), server, 1 + round * sizeof data, 0x18, data, sizeof data);
    }
}

static void hmac(const octet *key, size_t key_length, const octet *content, size_t length, octet *out) {
  unsigned written = 32;
  if (!HMAC(EVP_sha256(), key, key_length, content, length, out, &written)) exit(1);
}

static void expand(const octet *secret, const char *label, int length, octet *out) {
  octet info[64] = {0, length, strlen(label)}, whole[32];
  size_t n = strlen(label);
  memcpy(info + 3, label, n);
  info[4 + n] = 1;
  hmac(secret, 32, info, 5 + n, whole);
  memcpy(out, whole, length);
}

/* A client's Initial packet (RFC 9001, section 5) with a piece of a hello far from its start: nothing of it is whole, and
   room is made up to there. */
static void quic_initials(void) {
  static const octet salt[20] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
  EVP_CIPHER_CTX *seal = EVP_CIPHER_CTX_new(), *protect = EVP_CIPHER_CTX_new();
  for (uint64_t i = 0;; i++) {
    octet id[8], initial[32], secret[32], key[16], iv[12], mask_key[16], mask[16], packet[1200] = {0xc0, 0, 0, 0, 1, 8};
    int written;
    put32(id, i >> 32), put32(id + 4, i);
    hmac(salt, sizeof salt, id, sizeof id, initial);
    expand(initial, "tls13 client in", 32, secret);
    expand(secret, "tls13 quic key", 16, key);
    expand(secret, "tls13 quic iv", 12, iv);
    expand(secret, "tls13 quic hp", 16, mask_key);
    memcpy(packet + 6, id, 8);
    put16(packet + 16, 0x4000 | (sizeof packet - 18));
    octet plain[1200 - 19 - 16] = {6, 0x80, 0, 0xff, 0, 0x44, 0};
    EVP_EncryptInit_ex(seal, EVP_aes_128_gcm(), NULL, key, iv);
    EVP_EncryptUpdate(seal, NULL, &written, packet, 19);
    EVP_EncryptUpdate(seal, packet + 19, &written, plain, sizeof plain);
    EVP_EncryptFinal_ex(seal, packet + 19 + written, &written);
    EVP_CIPHER_CTX_ctrl(seal, EVP_CTRL_AEAD_GET_TAG, 16, packet + sizeof packet - 16);
    EVP_EncryptInit_ex(protect, EVP_aes_128_ecb(), NULL, mask_key, NULL);
    EVP_EncryptUpdate(protect, mask, &written, packet + 22, 16);
    packet[0] ^= mask[0] & 15, packet[18] ^= mask[1];
    udp(client(i), SERVER, packet, sizeof packet);
  }
}

static const struct { const char *name; void (*make)(void); } CASES[] = {
    {"syns", syns}, {"endless-hellos", endless_hellos}, {"early-octets", early_octets},
    {"early-answers", early_answers}, {"endless-handshakes", endless_handshakes}, {"endless-turns", endless_turns},
    {"ai-hosts", ai_hosts}, {"fragments", fragments}, {"small-fragments", small_fragments},
    {"dns-answers", dns_answers}, {"dhcp-hosts", dhcp_hosts}, {"http-heads", http_heads},
    {"quic-initials", quic_initials},
};

int main(int argument_count, char **arguments) {
  size_t count = sizeof CASES / sizeof CASES[0];
  if (argument_count == 2 && strcmp(arguments[1], "--list") == 0) {
    for (size_t i = 0; i < count; i++) puts(CASES[i].name);
    return 0;
  }
  if (argument_count != 3) {
    fprintf(stderr, "usage: attacks CASE COUNT\n");
    return 64;
  }
  limit = strtoull(arguments[2], NULL, 10);
  begin_capture();
  for (size_t i = 0; i < count && limit > 0; i++)
    if (strcmp(CASES[i].name, arguments[1]) == 0) CASES[i].make();
  fprintf(stderr, "attacks: no case %s\n", arguments[1]);
  return 64;
}
