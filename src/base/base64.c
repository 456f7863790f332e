#include "base/base64.h"

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(struct sv text, char *to, size_t *len)
{
    unsigned bits = 0, count = 0, padding = 0;
    *len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n' || c == '\r')
            continue;
        if (c == '=' && count % 4 >= 2 && padding < 2) {
            padding++;
            continue;
        }
        int digit = digit_of(c);
        if (digit < 0 || padding)
            return false;
        bits = bits << 6 | (unsigned)digit;
        if (++count % 4 != 1)
            to[(*len)++] = (char)(bits >> (2 * (3 - (count - 1) % 4)));
    }
    return count % 4 != 1 && (!padding || (count + padding) % 4 == 0);
}

void base64_encode(struct sv bytes, struct str *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned bits = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                        (left > 2 ? p[i + 2] : 0);
        char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                        left > 1 ? digits[bits >> 6 & 63] : '=',
                        left > 2 ? digits[bits & 63] : '='};
        str_add(out, four, 4);
    }
}
