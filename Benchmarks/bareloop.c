/* The least that a program on libpcap can do: take every frame of a capture, touch it, and count.
 *
 *     bareloop FILE      prints: PACKETS BYTES CHECKSUM
 *
 * Its CPU time is the unit of scripts/bench. BYTES are those on the wire. The checksum of first octets keeps the
 * compiler from leaving the frames alone.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>

int main(int argument_count, char **arguments) {
  if (argument_count != 2) {
    fprintf(stderr, "usage: bareloop FILE\n");
    return 64;
  }
  char message[PCAP_ERRBUF_SIZE];
  pcap_t *capture = pcap_open_offline(arguments[1], message);
  if (capture == NULL) {
    fprintf(stderr, "%s: %s\n", arguments[1], message);
    return 1;
  }

  uint64_t packets = 0, bytes = 0, checksum = 0;
  struct pcap_pkthdr *header;
  const u_char *frame;
  int result;
  while ((result = pcap_next_ex(capture, &header, &frame)) == 1) {
    packets += 1;
    bytes += header->len;
    if (header->caplen > 0) checksum += frame[0];
  }
  if (result == PCAP_ERROR) fprintf(stderr, "%s: %s\n", arguments[1], pcap_geterr(capture));
  pcap_close(capture);
  printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", packets, bytes, checksum);
  return result == PCAP_ERROR;
}
