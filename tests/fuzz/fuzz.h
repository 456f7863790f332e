/* fuzz: the one function of a fuzz target; libFuzzer calls it, and so does replay.c with the seeds.
 */
#ifndef TOBAN_TESTS_FUZZ_H
#define TOBAN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Takes any bytes and returns 0; what is wrong shows as a crash, a sanitizer's report or a failed
 * abort() check. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
