/* The first eight bytes pick the values of the YAML behind them that are edited. */
#include "fuzz.h"

#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t seed;
    if (size < sizeof seed)
        return 0;
    memcpy(&seed, data, sizeof seed);
    doc_check_edit(sv_n((const char *)data + sizeof seed, size - sizeof seed), seed);
    return 0;
}
