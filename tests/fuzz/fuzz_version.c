/* Any bytes as a version: what is read must survive being written and read again. */
#include "fuzz.h"

#include "base/version.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct version first;
    if (!version_parse((struct sv){(const char *)data, size}, &first))
        return 0;
    char text[VERSION_TEXT_MAX];
    version_format(first, true, text);
    struct version again;
    if (!version_parse((struct sv){text, strlen(text)}, &again) || version_cmp(first, again) != 0)
        abort();
    return 0;
}
