/* Any bytes as YAML or JSON: the promises of the tree must hold. */
#include "fuzz.h"

#include "doc_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    doc_check_tree(sv_n((const char *)data, size));
    return 0;
}
