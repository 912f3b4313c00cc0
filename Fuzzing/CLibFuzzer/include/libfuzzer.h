#pragma once
#include <stddef.h>
#include <stdint.h>

// The entry of libFuzzer (llvm.org/docs/LibFuzzer.html): reads its flags, then calls `take` with one input after another.
int LLVMFuzzerRunDriver(int *argument_count, char ***arguments,
                        int (*take)(const uint8_t *input, size_t count));
