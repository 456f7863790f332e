#include "base/text.h"

#include "base/utf8.h"

static void break_line(struct str *out, unsigned indent)
{
    str_addc(out, '\n');
    str_fill(out, ' ', indent);
}

static unsigned wrap_line(struct str *out, struct sv line, unsigned column, unsigned indent,
                          unsigned width)
{
    bool first = true;
    while (line.ptr) {
        struct sv word = sv_split(&line, ' ');
        if (!word.len)
            continue;
        unsigned columns = (unsigned)utf8_width(word.ptr, word.len);
        if (!first && column + 1 + columns <= width) {
            str_addc(out, ' ');
            column++;
        } else if (column > indent && (!first || column + columns > width)) {
            break_line(out, indent);
            column = indent;
        }
        str_addv(out, word);
        column += columns;
        first = false;
    }
    return column;
}

unsigned text_wrap(struct str *out, struct sv text, unsigned column, unsigned indent,
                   unsigned width)
{
    bool first = true;
    while (text.ptr) {
        if (!first) {
            break_line(out, indent);
            column = indent;
        }
        column = wrap_line(out, sv_split(&text, '\n'), column, indent, width);
        first = false;
    }
    return column;
}

void text_printable(struct str *out, struct sv text)
{
    for (size_t i = 0, n; i < text.len; i += n) {
        unsigned char c = (unsigned char)text.ptr[i];
        n = utf8_length(text.ptr + i, text.len - i);
        bool c1_control = n == 2 && c == 0xC2 && (unsigned char)text.ptr[i + 1] < 0xA0;
        if (c == '\t' || c == '\n')
            str_addc(out, ' ');
        else if (n == 0 || c < 0x20 || c == 0x7F)
            str_addf(out, "\\x%02x", c);
        else if (c1_control)
            str_addf(out, "\\u%04x", (unsigned char)text.ptr[i + 1]);
        else
            str_add(out, text.ptr + i, n);
        n = n ? n : 1;
    }
}

static unsigned min_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned text_distance(struct sv a, struct sv b)
{
    unsigned rows[3][TEXT_DISTANCE_MAX + 1];
    size_t n = a.len < TEXT_DISTANCE_MAX ? a.len : TEXT_DISTANCE_MAX;
    size_t m = b.len < TEXT_DISTANCE_MAX ? b.len : TEXT_DISTANCE_MAX;
    for (unsigned j = 0; j <= m; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3], *before = rows[(i + 2) % 3], *swap = rows[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            unsigned cost = a.ptr[i - 1] != b.ptr[j - 1];
            now[j] = min_of(before[j - 1] + cost, min_of(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                now[j] = min_of(now[j], swap[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

bool text_near(struct sv a, struct sv b)
{
    size_t longer = a.len > b.len ? a.len : b.len;
    return longer > 1 && text_distance(a, b) <= (longer < 4 ? 1 : longer < 8 ? 2 : 3);
}
