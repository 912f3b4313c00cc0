#include <brotli/decode.h>
#include <stddef.h>
#include <stdlib.h>

/* What a decoder has taken of what it may take. */
struct gnomon_brotli_memory {
  size_t held;
  size_t limit;
};

/* Each block begins with its size; the union keeps what follows aligned. */
union gnomon_brotli_block {
  size_t size;
  max_align_t alignment;
};

static inline void *gnomon_brotli_allocate(void *opaque, size_t size) {
  struct gnomon_brotli_memory *memory = opaque;
  if (size > memory->limit - memory->held) return NULL;
  union gnomon_brotli_block *block = malloc(sizeof *block + size);
  if (block == NULL) return NULL;
  block->size = size;
  memory->held += size;
  return block + 1;
}

static inline void gnomon_brotli_release(void *opaque, void *address) {
  if (address == NULL) return;
  struct gnomon_brotli_memory *memory = opaque;
  union gnomon_brotli_block *block = (union gnomon_brotli_block *)address - 1;
  memory->held -= block->size;
  free(block);
}

/* A decoder that takes its memory from there, which must outlive it; NULL without room. */
static inline BrotliDecoderState *gnomon_brotli_new(struct gnomon_brotli_memory *memory) {
  return BrotliDecoderCreateInstance(gnomon_brotli_allocate, gnomon_brotli_release, memory);
}
