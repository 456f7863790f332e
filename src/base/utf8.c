#include "base/utf8.h"

#include <stdbool.h>

static uint32_t decode(const unsigned char *p, size_t len)
{
    static const unsigned char mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t cp = p[0] & mask[len];
    for (size_t i = 1; i < len; i++)
        cp = cp << 6 | (p[i] & 0x3F);
    return cp;
}

size_t utf8_length(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    if (!n)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF5 ? 0 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
    if (!len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t cp = decode(p, len);
    bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
    return cp < least[len] || cp > 0x10FFFF || surrogate ? 0 : len;
}

size_t utf8_encode(uint32_t cp, char to[static 4])
{
    if (cp < 0x80) {
        to[0] = (char)cp;
        return 1;
    }
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        return 0;
    size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--, cp >>= 6)
        to[i] = (char)(0x80 | (cp & 0x3F));
    to[0] = (char)(lead[len] | cp);
    return len;
}

/* Blocks of wide characters that occur in names and messages; wcwidth would depend on the locale,
 * and a report must not. Source: Unicode EastAsianWidth, classes W and F. */
static bool is_wide(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF}, {0x3400, 0x4DBF},
        {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
        {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
    };
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (cp >= wide[i].first && cp <= wide[i].last)
            return true;
    return false;
}

static bool is_zero_width(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x300 && cp <= 0x36F) ||
           (cp >= 0x200B && cp <= 0x200F) || (cp >= 0xFE00 && cp <= 0xFE0F);
}

size_t utf8_width(const char *p, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n;) {
        size_t len = utf8_length(p + i, n - i);
        if (!len) {
            width++;
            i++;
            continue;
        }
        uint32_t cp = decode((const unsigned char *)p + i, len);
        width += is_zero_width(cp) ? 0 : is_wide(cp) ? 2 : 1;
        i += len;
    }
    return width;
}
