#include "base/must.h"
#include "cmd/rehearse_chart.h"
#include "cmd/rehearse_svg.h"
#include "cmd/rehearse_text.h"

#define ROWS_MAX 60 /* more nodes share rows */
#define ROW 17
#define BAR 11
#define TOP 30
#define LABEL_WIDTH 6.6 /* of a character, on average */

/* Some nodes of one zone, all old or all new: indexes from..to of gantt.order. */
struct row {
    size_t from, to;
};

struct gantt {
    const struct svg *s;
    const struct rehearsal *r;
    const struct rehearsal_node **order;
    struct row *rows;
    size_t row_count;
};

static int64_t starts(const struct rehearsal_node *n)
{
    int64_t at = n->is_new ? n->ready_ms : n->drain_from_ms;
    return at < 0 ? INT64_MAX : at;
}

static const char *zone_of(const struct rehearsal_node *n)
{
    return n->zone ? n->zone : "";
}

/* Old ones first; by time, and by zone first where zones share rows. */
static int compare(const struct rehearsal_node *a, const struct rehearsal_node *b, bool by_zone)
{
    int64_t x = starts(a), y = starts(b);
    int order = a->is_new - b->is_new;
    order = order || !by_zone ? order : strcmp(zone_of(a), zone_of(b));
    return order ? order : x != y ? (x > y) - (x < y) : (a > b) - (a < b);
}

static int compare_alone(const void *a, const void *b)
{
    return compare(*(const struct rehearsal_node *const *)a,
                   *(const struct rehearsal_node *const *)b, false);
}

static int compare_shared(const void *a, const void *b)
{
    return compare(*(const struct rehearsal_node *const *)a,
                   *(const struct rehearsal_node *const *)b, true);
}

static bool share_row(const struct rehearsal_node *a, const struct rehearsal_node *b)
{
    return a->is_new == b->is_new && strcmp(zone_of(a), zone_of(b)) == 0;
}

static void arrange(struct gantt *g)
{
    size_t n = g->r->nodes.len;
    size_t per_row = n <= ROWS_MAX ? 1 : (n + ROWS_MAX * 3 / 4 - 1) / (ROWS_MAX * 3 / 4);
    for (size_t i = 0; i < n; i++)
        g->order[i] = &g->r->nodes.items[i];
    qsort(g->order, n, sizeof(const struct rehearsal_node *),
          per_row > 1 ? compare_shared : compare_alone);
    for (size_t i = 0; i < n; i++) {
        struct row *last = g->row_count ? &g->rows[g->row_count - 1] : NULL;
        if (last && last->to - last->from < per_row && share_row(g->order[i - 1], g->order[i]))
            last->to++;
        else
            g->rows[g->row_count++] = (struct row){i, i + 1};
    }
}

/* Where a bar's end is not known, it goes on to the end of the axis. */
static int64_t or_end(const struct gantt *g, int64_t at)
{
    return at < 0 || at > g->s->end_ms ? g->s->end_ms : at;
}

static void bar(const struct gantt *g, const char *class, int64_t from, int64_t to, int y,
                int height)
{
    double x = svg_x(g->s, from), width = svg_x(g->s, to) - x;
    if (to <= from)
        return;
    str_addf(g->s->out,
             "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>",
             class, x, y + (ROW - height) / 2.0, width < 1.5 ? 1.5 : width, height);
}

static void draw_old(const struct gantt *g, const struct rehearsal_node *n, int y)
{
    int64_t gone = or_end(g, n->gone_ms);
    int64_t drain = n->drain_from_ms < 0 ? gone : n->drain_from_ms;
    bool stuck = n->drain_from_ms >= 0 && n->empty_ms < 0 && n->gone_ms < 0;
    int64_t empty = n->empty_ms < 0 ? gone : n->empty_ms;
    int64_t clean = n->clean_ms < 0 ? gone : n->clean_ms;
    bar(g, "b-wait", 0, drain, y, 3);
    bar(g, stuck ? "b-stuck" : "b-drain", drain, empty, y, BAR);
    bar(g, "b-volume", empty, clean, y, BAR);
    bar(g, "b-empty", clean, gone, y, 3);
}

static void draw_new(const struct gantt *g, const struct rehearsal_node *n, int y)
{
    int64_t ready = or_end(g, n->ready_ms);
    bar(g, "b-join", 0, ready, y, 3);
    bar(g, "b-new", ready, or_end(g, n->gone_ms), y, BAR);
}

/* ---- many nodes in a row ---- */

enum state { STATE_STUCK, STATE_BUSY, STATE_VOLUMES, STATE_WAITING, STATES };

static const char *const state_classes[2][STATES] = {
    {"b-stuck", "b-drain", "b-volume", "b-wait"},
    {NULL, "b-new", NULL, "b-join"},
};

/* STATES: nothing left of it. */
static enum state state_at(const struct rehearsal_node *n, int64_t at)
{
    if (n->is_new)
        return n->ready_ms < 0 || at < n->ready_ms ? STATE_WAITING : STATE_BUSY;
    if (n->gone_ms >= 0 && at >= n->gone_ms)
        return STATES;
    if (n->drain_from_ms < 0 || at < n->drain_from_ms)
        return STATE_WAITING;
    if (n->empty_ms < 0)
        return n->gone_ms < 0 ? STATE_STUCK : STATE_BUSY;
    if (at < n->empty_ms)
        return STATE_BUSY;
    return n->clean_ms >= 0 && at >= n->clean_ms ? STATES : STATE_VOLUMES;
}

/* The share of the row's nodes that are in one of the states 0..last at a time. */
static double share(const struct gantt *g, const struct row *row, int64_t at, enum state last)
{
    size_t n = 0;
    for (size_t i = row->from; i < row->to; i++)
        n += state_at(g->order[i], at) <= last;
    return (double)n / (double)(row->to - row->from);
}

/* Each state covers the states above it, down to the row's foot: painted from the last one. */
static void draw_state(const struct gantt *g, const struct row *row, enum state state, int y)
{
    int steps = g->s->columns / 2;
    double foot = y + ROW - 1.5, height = ROW - 3;
    str_addf(g->s->out, "<path class=\"%s\" d=\"M%d %.1f",
             state_classes[g->order[row->from]->is_new][state], g->s->gutter, foot);
    for (int i = 0; i < steps; i++) {
        int64_t at = g->s->end_ms * i / steps;
        str_addf(g->s->out, "V%.1fH%.1f", foot - height * share(g, row, at, state),
                 svg_x(g->s, g->s->end_ms * (i + 1) / steps));
    }
    str_addf(g->s->out, "V%.1fZ\"/>", foot);
}

static void draw_shared(const struct gantt *g, const struct row *row, int y)
{
    for (int state = STATES - 1; state >= 0; state--)
        if (state_classes[g->order[row->from]->is_new][state])
            draw_state(g, row, (enum state)state, y);
}

/* ---- rows ---- */

static void add_time(struct str *out, const char *what, int64_t at)
{
    char text[DURATION_TEXT_MAX];
    if (at >= 0)
        str_addf(out, ", %s %s", what, duration_clock(at, text));
}

static void add_title(const struct gantt *g, const struct row *row)
{
    _cleanup_str_ struct str text = {0};
    const struct rehearsal_node *first = g->order[row->from], *last = g->order[row->to - 1];
    str_adds(&text, first->name);
    if (last != first)
        str_addf(&text, " \u2026 %s: %zu nodes", last->name, row->to - row->from);
    if (*zone_of(first))
        str_addf(&text, " in %s", first->zone);
    if (last == first) {
        str_adds(&text, ", ");
        rehearse_text_count(&text, first->pods, "pod", NULL);
        add_time(&text, "Ready", first->ready_ms);
        add_time(&text, "drained from", first->drain_from_ms);
        add_time(&text, "empty", first->empty_ms);
        add_time(&text, "volumes gone", first->clean_ms);
        add_time(&text, "gone", first->gone_ms);
    }
    str_adds(g->s->out, "<title>");
    svg_label(g->s, str_c(&text), 400);
    str_adds(g->s->out, "</title>");
}

static void add_label(const struct gantt *g, const struct row *row, int y)
{
    _cleanup_str_ struct str text = {0};
    const struct rehearsal_node *n = g->order[row->from];
    struct sv rest = sv_of(n->name);
    if (row->to - row->from > 1)
        str_addf(&text, "%zu \u00d7 %s", row->to - row->from,
                 *zone_of(n) ? n->zone
                 : n->is_new ? "new"
                             : "old");
    else
        str_addv(&text, sv_split(&rest, '.'));
    str_addf(g->s->out, "<text class=\"name\" x=\"0\" y=\"%d\">", y + 12);
    svg_label(g->s, str_c(&text), (unsigned)(g->s->gutter / LABEL_WIDTH) - 1);
    str_adds(g->s->out, "</text>");
}

static void draw_row(const struct gantt *g, const struct row *row, int y)
{
    const struct rehearsal_node *n = g->order[row->from];
    str_addf(g->s->out, "<g class=\"row\"><rect x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>", y,
             g->s->width, ROW);
    add_title(g, row);
    add_label(g, row, y);
    if (row->to - row->from > 1)
        draw_shared(g, row, y);
    else if (n->is_new)
        draw_new(g, n, y);
    else
        draw_old(g, n, y);
    str_adds(g->s->out, "</g>\n");
}

static void draw(const struct svg *size, struct str *out, const struct rehearsal *r)
{
    struct svg s = *size;
    size_t n = r->nodes.len;
    _cleanup_free_ const struct rehearsal_node **order = mem_must(calloc(n, sizeof *order));
    _cleanup_free_ struct row *rows = mem_must(calloc(n, sizeof *rows));
    struct gantt g = {.s = &s, .r = r, .order = order, .rows = rows};
    s.out = out;
    s.gutter = s.names;
    s.end_ms = rehearse_text_end(r);
    arrange(&g);
    int bottom = TOP + ROW * (int)g.row_count + 4;
    svg_open(&s, "nodes", bottom + 24, "Each node over time",
             "When each old node is drained, empty, free of volumes and gone, and when each new "
             "node is Ready. Pointing at a row tells its times.");
    svg_phases(&s, r, TOP - 4, bottom, true);
    svg_time_axis(&s, TOP - 4, bottom, true);
    for (size_t i = 0; i < g.row_count; i++)
        draw_row(&g, &g.rows[i], TOP + ROW * (int)i);
    svg_close(&s);
}

void rehearse_chart_nodes(struct str *out, const struct rehearsal *r)
{
    if (!r->nodes.len)
        return;
    draw(&svg_wide, out, r);
    draw(&svg_narrow, out, r);
}
