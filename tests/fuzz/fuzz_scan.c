/* Any bytes, sorted by their lines: the scanner agrees with the parser or is in doubt. */
#include "fuzz.h"

#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    doc_check_scan(sv_n((const char *)data, size));
    return 0;
}
