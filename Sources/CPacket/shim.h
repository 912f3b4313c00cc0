#pragma once

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// The kernel's packet sockets, packet(7), and what Swift cannot say of them: a filter whose type collides with libpcap's, and
// words that the kernel writes while we read them.

// As struct sock_fprog of linux/filter.h, whose macros libpcap defines as well.
struct gnomon_filter_program {
  unsigned short count;
  const void *instructions;
};

// Attaches a classic BPF program; a later one takes the place of an earlier one at once. 0, or -1 and errno.
static inline int gnomon_attach_filter(int descriptor, const void *instructions, unsigned short count) {
  struct gnomon_filter_program program = {count, instructions};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// Whose a block is. Nothing of the block is read before this.
static inline uint32_t gnomon_block_status(const void *block) {
  return __atomic_load_n(&((const struct tpacket_block_desc *)block)->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

// Hands a block back to the kernel. Everything of the block has been read before this.
static inline void gnomon_block_release(void *block) {
  __atomic_store_n(&((struct tpacket_block_desc *)block)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}
