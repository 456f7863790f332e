#include "cmd/rehearse_spark.h"

#include "cmd/rehearse_text.h"

#define BARS_MAX 100
#define LEVELS 8

enum row { ROW_OLD, ROW_NEW, ROW_OTHER, ROW_WAITING, ROW_NODES, ROWS };

static const struct {
    const char *name, *colour;
} rows[ROWS] = {
    [ROW_OLD] = {"pods on %s nodes", "34"},
    [ROW_NEW] = {"pods on new nodes", "32"},
    [ROW_OTHER] = {"pods on other nodes", "2"},
    [ROW_WAITING] = {"pods not Ready", "31"},
    [ROW_NODES] = {"%s nodes", "2"},
};

static uint32_t value_of(const struct rehearsal_sample *s, enum row row)
{
    switch (row) {
    case ROW_OLD:
        return s->old_pods;
    case ROW_NEW:
        return s->new_pods;
    case ROW_OTHER:
        return s->other_pods;
    case ROW_WAITING:
        return s->pending + s->starting;
    default:
        return s->old_nodes + s->new_nodes;
    }
}

/* The most between two times, and what holds at the first. */
static uint32_t most_between(const struct rehearsal *r, enum row row, int64_t from, int64_t to)
{
    const struct rehearsal_sample *s = rehearse_text_sample(r, from);
    const struct rehearsal_sample *end = r->samples.items + r->samples.len;
    uint32_t most = value_of(s, row);
    for (s++; s < end && s->at_ms < to; s++)
        most = value_of(s, row) > most ? value_of(s, row) : most;
    return most;
}

static void bar(const struct rehearse_print *p, uint32_t value, uint32_t peak)
{
    static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
    unsigned level = 0;
    if (value && peak)
        level = (unsigned)(((uint64_t)value * LEVELS + peak - 1) / peak);
    if (!p->utf8)
        str_adds(p->out, ascii[level]);
    else if (!level)
        str_addc(p->out, ' ');
    else
        str_addf(p->out, "\xE2\x96%c", (char)(0x80 + level));
}

static void print_row(const struct rehearse_print *p, const struct rehearsal *r, enum row row,
                      unsigned left, unsigned name_width, unsigned bars)
{
    char name[64];
    uint32_t most[BARS_MAX], peak = 0;
    int64_t end = rehearse_text_end(r);
    for (unsigned i = 0; i < bars; i++) {
        most[i] = most_between(r, row, end * i / bars, end * (i + 1) / bars);
        peak = most[i] > peak ? most[i] : peak;
    }
    str_fill(p->out, ' ', left);
    snprintf(name, sizeof name, rows[row].name,
             row == ROW_NODES && r->new_groups.len ? "old and new" : rehearse_text_old(r));
    str_addf(p->out, "%-*s", (int)name_width, name);
    if (p->colour)
        str_addf(p->out, "\033[%sm", rows[row].colour);
    for (unsigned i = 0; i < bars; i++)
        bar(p, most[i], peak);
    str_addf(p->out, "%s %u\n", p->colour ? "\033[0m" : "", peak);
}

static void print_axis(const struct rehearse_print *p, const struct rehearsal *r, unsigned indent,
                       unsigned bars)
{
    char end[DURATION_TEXT_MAX];
    int width = (int)bars - (int)strlen("0:00");
    str_fill(p->out, ' ', indent);
    str_addf(p->out, "0:00%*s\n", width, duration_clock(rehearse_text_end(r), end));
}

void rehearse_spark(const struct rehearse_print *p, const struct rehearsal *r, unsigned left,
                    unsigned name_width)
{
    unsigned taken = left + name_width + sizeof " 123456" - 1;
    if (!r->samples.len || p->width < taken + 16)
        return;
    unsigned bars = p->width - taken < BARS_MAX ? p->width - taken : BARS_MAX;
    for (enum row row = 0; row < ROWS; row++)
        if (row != (r->new_groups.len ? ROW_OTHER : ROW_NEW))
            print_row(p, r, row, left, name_width, bars);
    print_axis(p, r, left + name_width, bars);
    str_addc(p->out, '\n');
}
