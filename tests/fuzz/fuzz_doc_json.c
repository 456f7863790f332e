/* Any bytes as the JSON answer of an API. */
#include "fuzz.h"

#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    doc_check_json(sv_n((const char *)data, size));
    return 0;
}
