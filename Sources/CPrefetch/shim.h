#ifndef GNOMON_PREFETCH_H
#define GNOMON_PREFETCH_H

// Swift has no word for it.
static inline void gnomon_prefetch(const void *address) { __builtin_prefetch(address, 1); }

#endif
