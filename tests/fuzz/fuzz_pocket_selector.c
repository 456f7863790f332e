/* Any text as a label selector and as a field selector: parsed or refused with words, never a
 * crash. */
#include "pocket/show/selector.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    struct err err = {0};
    struct selector *labels = selector_parse(text, &err);
    if (!labels && err.class != ERR_INPUT)
        abort();
    err_clear(&err);
    struct selector *fields = selector_parse_fields(text, SV("Pod"), &err);
    if (!fields && err.class != ERR_INPUT)
        abort();
    selector_takes(labels, NULL);
    selector_matches_fields(fields, SV("Pod"), NULL);
    selector_free(labels);
    selector_free(fields);
    return 0;
}
