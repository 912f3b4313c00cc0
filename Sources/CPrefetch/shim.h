#pragma once

// Asks the processor to bring a line of memory into its cache; Swift has no word for it. Any address may be given: one that
// cannot be read is passed over.
static inline void gnomon_prefetch(const void *_Nullable address) { __builtin_prefetch(address, 1, 3); }
