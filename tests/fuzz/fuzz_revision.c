/* Any bytes as a stored Helm release: unpacked within its limits or refused without a word of its
 * content. A first byte of 'J' wraps the rest in base64, so that mutations reach the JSON. */
#include "fuzz.h"

#include "rules/live/revision.h"

#include <stdlib.h>

static void encode(const uint8_t *data, size_t size, struct str *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned b = (unsigned)data[i] << 16, n = size - i < 3 ? (unsigned)(size - i) : 3;
        b |= n > 1 ? (unsigned)data[i + 1] << 8 : 0;
        b |= n > 2 ? data[i + 2] : 0;
        for (unsigned d = 0; d < 4; d++)
            str_addc(out, d <= n ? digits[b >> (18 - 6 * d) & 63] : '=');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_revision_ struct revision r = {0};
    _cleanup_str_ struct str wrapped = {0};
    struct err err = {0};
    struct sv text = sv_n((const char *)data, size);
    if (size && data[0] == 'J') {
        encode(data + 1, size - 1, &wrapped);
        text = str_sv(&wrapped);
    }
    if (revision_decode(text, &r, &err) < 0) {
        if (!*err.msg)
            abort();
        return 0;
    }
    if (!r.name.len || !r.manifest.ptr || r.text.len > REVISION_UNPACKED_MAX)
        abort();
    return 0;
}
