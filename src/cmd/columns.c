#include "cmd/columns.h"

#include "base/must.h"
#include "base/text.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

#define GAP 2

void columns_release(struct columns *c)
{
    vec_foreach(cell, &c->cells)
        free(*cell);
    vec_release(&c->cells);
}

void columns_add(struct columns *c, const char *text)
{
    struct str cell = {0};
    text_printable(&cell, sv_of(text ? text : ""));
    str_addc(&cell, '\0');
    must_push(&c->cells, mem_must(str_steal(&cell)));
}

void columns_addf(struct columns *c, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    columns_add(c, str_c(&text));
}

static unsigned width_of(const char *cell)
{
    return (unsigned)utf8_width(cell, strlen(cell));
}

/* 0: nothing but the heading is in it. */
static unsigned column_width(const struct columns *c, unsigned column)
{
    unsigned widest = width_of(c->cells.items[column]);
    bool used = false;
    for (size_t i = c->count + column; i < c->cells.len; i += c->count) {
        unsigned width = width_of(c->cells.items[i]);
        used = used || width;
        widest = width > widest ? width : widest;
    }
    return used ? widest : 0;
}

static void print_row(const struct columns *c, size_t row, const unsigned *widths, struct str *out)
{
    size_t pending = 0;
    for (unsigned i = 0; i < c->count; i++) {
        const char *cell = c->cells.items[row * c->count + i];
        if (!widths[i])
            continue;
        if (*cell) {
            str_fill(out, ' ', pending);
            str_adds(out, cell);
            pending = 0;
        }
        pending += widths[i] - width_of(cell) + GAP;
    }
    str_addc(out, '\n');
}

void columns_print(const struct columns *c, struct str *out)
{
    unsigned *widths = mem_must(calloc(c->count + 1, sizeof *widths));
    for (unsigned i = 0; c->cells.len >= c->count && i < c->count; i++)
        widths[i] = column_width(c, i);
    for (size_t row = 0; row < c->cells.len / c->count; row++)
        print_row(c, row, widths, out);
    free(widths);
}

const char *columns_age(int64_t seconds, char buf[static COLUMNS_AGE_MAX])
{
    static const struct {
        int64_t from, unit;
        char letter;
    } units[] = {{2 * 86400, 86400, 'd'}, {3 * 3600, 3600, 'h'}, {3 * 60, 60, 'm'}, {0, 1, 's'}};
    size_t i = 0;
    seconds = seconds < 0 ? 0 : seconds;
    while (seconds < units[i].from)
        i++;
    snprintf(buf, COLUMNS_AGE_MAX, "%" PRId64 "%c", seconds / units[i].unit, units[i].letter);
    return buf;
}
