#include "cmd/rehearse_chart.h"

#include "base/must.h"
#include "cmd/rehearse_svg.h"
#include "cmd/rehearse_text.h"

/* From the bottom up: what has arrived, what is on its way, what has still to go. */
enum layer { LAYER_OTHER, LAYER_NEW, LAYER_STARTING, LAYER_OLD, LAYER_PENDING, LAYERS };

static const char *const layer_classes[LAYERS] = {"other", "new", "starting", "old", "pending"};

/* The state at a step of time; waiting: the most within the step. */
struct column {
    uint32_t top[LAYERS]; /* pods up to and including this layer */
    uint32_t old_nodes, new_nodes, waiting, pending;
};

struct course {
    const struct svg *s;
    const struct rehearsal *r;
    struct column *columns; /* s->columns + 1 */
    uint32_t most_pods, most_nodes, most_waiting;
};

/* A panel: its place and scale. */
struct panel {
    const char *title;
    int y, bottom;
    uint32_t step, steps;
};

static uint32_t take(uint32_t *from, uint32_t n)
{
    uint32_t taken = n < *from ? n : *from;
    *from -= taken;
    return taken;
}

/* Pods that are not Ready are where pods start: on the new nodes, else on others; those of dead
 * nodes stay there. */
static void column_of(const struct rehearsal_sample *s, enum rehearsal_kind kind,
                      struct column *out)
{
    enum layer second = kind == REHEARSAL_FAIL ? LAYER_OLD : LAYER_OTHER;
    enum layer last = kind == REHEARSAL_FAIL ? LAYER_OTHER : LAYER_OLD;
    uint32_t amount[LAYERS] = {[LAYER_OTHER] = s->other_pods,
                               [LAYER_NEW] = s->new_pods,
                               [LAYER_OLD] = s->old_pods,
                               [LAYER_PENDING] = s->pending};
    uint32_t starting = s->starting;
    starting -= take(&amount[LAYER_NEW], starting);
    starting -= take(&amount[second], starting);
    starting -= take(&amount[last], starting);
    amount[LAYER_STARTING] = s->starting - starting;
    uint32_t sum = 0;
    for (int i = 0; i < LAYERS; i++)
        out->top[i] = sum += amount[i];
    out->old_nodes = s->old_nodes;
    out->new_nodes = s->new_nodes;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int64_t time_of(const struct course *c, int i)
{
    return c->s->end_ms * i / c->s->columns;
}

static void fill(struct course *c)
{
    const struct rehearsal_sample *end = c->r->samples.items + c->r->samples.len;
    for (int i = 0; i <= c->s->columns; i++) {
        struct column *k = &c->columns[i];
        const struct rehearsal_sample *s = rehearse_text_sample(c->r, time_of(c, i));
        column_of(s, c->r->kind, k);
        do {
            k->waiting = larger(k->waiting, s->pending + s->starting);
            k->pending = larger(k->pending, s->pending);
            s++;
        } while (s < end && s->at_ms < time_of(c, i + 1));
        c->most_pods = larger(c->most_pods, k->top[LAYERS - 1]);
        c->most_nodes = larger(c->most_nodes, k->old_nodes + k->new_nodes);
        c->most_waiting = larger(c->most_waiting, k->waiting);
    }
}

static double y_of(const struct panel *p, uint32_t value)
{
    double full = (double)p->step * p->steps;
    return p->bottom - (p->bottom - p->y) * (double)value / full;
}

static struct panel panel_of(const char *title, int y, int height, uint32_t most, uint32_t steps)
{
    struct panel p = {.title = title, .y = y, .bottom = y + height};
    p.step = svg_step(most, steps);
    p.steps = larger(1, (most + p.step - 1) / p.step);
    return p;
}

static void draw_frame(const struct course *c, const struct panel *p)
{
    const struct svg *s = c->s;
    for (uint32_t i = 0; i <= p->steps; i++) {
        double y = y_of(p, i * p->step);
        str_addf(s->out,
                 "<path class=\"%s\" d=\"M%d %.1fH%d\"/><text class=\"tick end\" x=\"%d\" "
                 "y=\"%.1f\">%u</text>",
                 i ? "grid" : "axis", s->gutter, y, s->width - s->right, s->gutter - 7, y + 4,
                 i * p->step);
    }
    str_addf(s->out, "<text class=\"panel\" x=\"0\" y=\"%d\">%s</text>\n",
             s->wide ? p->y + 4 : p->y - 11, p->title);
}

static void add_point(const struct course *c, int i, double y)
{
    str_addf(c->s->out, "%c%.1f %.1f", i ? 'L' : 'M', svg_x(c->s, time_of(c, i)), y);
}

/* Between two curves, the lower one from right to left. */
static void draw_layer(const struct course *c, const struct panel *p, enum layer layer)
{
    str_addf(c->s->out, "<path class=\"area %s\" d=\"", layer_classes[layer]);
    for (int i = 0; i <= c->s->columns; i++)
        add_point(c, i, y_of(p, c->columns[i].top[layer]));
    for (int i = c->s->columns; i >= 0; i--)
        str_addf(c->s->out, "L%.1f %.1f", svg_x(c->s, time_of(c, i)),
                 y_of(p, layer ? c->columns[i].top[layer - 1] : 0));
    str_adds(c->s->out, "Z\"/>\n");
}

static bool has_layer(const struct course *c, enum layer layer)
{
    for (int i = 0; i <= c->s->columns; i++)
        if (c->columns[i].top[layer] > (layer ? c->columns[i].top[layer - 1] : 0))
            return true;
    return false;
}

static void draw_pods(const struct course *c, const struct panel *p)
{
    draw_frame(c, p);
    for (enum layer layer = 0; layer < LAYERS; layer++)
        if (has_layer(c, layer))
            draw_layer(c, p, layer);
}

typedef uint32_t column_value(const struct column *k);

static uint32_t old_nodes(const struct column *k)
{
    return k->old_nodes;
}

static uint32_t new_nodes(const struct column *k)
{
    return k->new_nodes;
}

static uint32_t all_nodes(const struct column *k)
{
    return k->old_nodes + k->new_nodes;
}

static uint32_t waiting(const struct column *k)
{
    return k->waiting;
}

static uint32_t pending(const struct column *k)
{
    return k->pending;
}

/* Numbers jump: a step for each column. */
static void draw_steps(const struct course *c, const struct panel *p, const char *class,
                       column_value *value, bool area)
{
    str_addf(c->s->out, "<path class=\"%s\" d=\"", class);
    if (area)
        str_addf(c->s->out, "M%d %d", c->s->gutter, p->bottom);
    for (int i = 0; i <= c->s->columns; i++) {
        double x = svg_x(c->s, time_of(c, i)), y = y_of(p, value(&c->columns[i]));
        str_addf(c->s->out, i || area ? "H%.1fV%.1f" : "M%.1f %.1f", x, y);
    }
    str_addf(c->s->out, area ? "V%dZ\"/>\n" : "\"/>\n", p->bottom);
}

static void draw_nodes(const struct course *c, const struct panel *p)
{
    draw_frame(c, p);
    draw_steps(c, p, "line old-line", old_nodes, false);
    if (!c->r->new_groups.len)
        return;
    draw_steps(c, p, "line total", all_nodes, false);
    draw_steps(c, p, "line new-line", new_nodes, false);
}

static void draw_waiting(const struct course *c, const struct panel *p)
{
    draw_frame(c, p);
    draw_steps(c, p, "area starting", waiting, true);
    draw_steps(c, p, "area pending", pending, true);
}

static void draw_events(const struct course *c, int y)
{
    vec_foreach(e, &c->r->events) {
        _cleanup_str_ struct str text = {0};
        char at[DURATION_TEXT_MAX];
        if (!rehearse_text_is_telling(e))
            continue;
        double x = svg_x(c->s, e->at_ms);
        str_addf(&text, "%s %s: %s", duration_clock(e->at_ms, at), e->kind, e->text);
        str_addf(c->s->out, "<path class=\"event\" d=\"M%.1f %dl5 5l-5 5l-5 -5Z\"><title>", x,
                 y - 5);
        svg_label(c->s, str_c(&text), 300);
        str_adds(c->s->out, "</title></path>\n");
    }
}

static void add_readout(const struct course *c, int64_t at, const struct rehearsal_sample *s)
{
    char clock[DURATION_TEXT_MAX];
    bool wide = c->s->wide;
    str_addf(c->s->out, "%s", duration_clock(at, clock));
    if (wide)
        str_addf(c->s->out, "   pods: %u on old, %u on new, %u on other nodes", s->old_pods,
                 s->new_pods, s->other_pods);
    else
        str_addf(c->s->out, "  old %u  new %u", s->old_pods, s->new_pods);
    str_addf(c->s->out, wide ? ", %u pending, %u starting   nodes: %u old, %u new" : "  wait %u",
             wide ? s->pending : s->pending + s->starting, s->starting, s->old_nodes, s->new_nodes);
}

/* Bars nobody sees that show a line and the numbers of their time while they are pointed at. */
static void draw_hits(const struct course *c, int y, int bottom)
{
    double width = svg_plot(c->s) / c->s->hits;
    for (int i = 0; i < c->s->hits; i++) {
        int64_t at = c->s->end_ms * (2 * i + 1) / (2 * c->s->hits);
        double x = svg_x(c->s, at);
        str_addf(c->s->out,
                 "<g class=\"hit\"><rect x=\"%.1f\" y=\"%d\" width=\"%.2f\" height=\"%d\"/><path "
                 "d=\"M%.1f %dV%d\"/><text x=\"%d\" y=\"12\">",
                 x - width / 2, y, width, bottom - y, x, y, bottom, c->s->width - c->s->right);
        add_readout(c, at, rehearse_text_sample(c->r, at));
        str_adds(c->s->out, "</text></g>\n");
    }
}

static void describe(const struct rehearsal *r, struct str *out)
{
    rehearse_text_verdict(r, out);
    str_adds(out, ". ");
    rehearse_text_outcome(r, out);
    str_addf(out, ". At the peak there are %u nodes. The numbers are in the table below.",
             r->peak_nodes);
}

static void draw(const struct svg *size, struct str *out, const struct rehearsal *r)
{
    struct svg s = *size;
    _cleanup_free_ struct column *columns =
        mem_must(calloc((size_t)s.columns + 1, sizeof *columns));
    struct course c = {.s = &s, .r = r, .columns = columns};
    _cleanup_str_ struct str text = {0};
    s.out = out;
    s.end_ms = rehearse_text_end(r);
    fill(&c);
    struct panel pods = panel_of("Pods", 48, 230, c.most_pods, 5);
    struct panel nodes = panel_of("Nodes", pods.bottom + 30, 84, c.most_nodes, 3);
    struct panel late = panel_of("Not Ready", nodes.bottom + 30, 64, c.most_waiting, 2);
    describe(r, &text);
    svg_open(&s, "course", late.bottom + 24, "Pods and nodes over time", str_c(&text));
    svg_phases(&s, r, pods.y - 6, late.bottom, true);
    svg_time_axis(&s, pods.y - 6, late.bottom, true);
    draw_pods(&c, &pods);
    draw_nodes(&c, &nodes);
    draw_waiting(&c, &late);
    draw_hits(&c, pods.y - 26, late.bottom);
    draw_events(&c, late.bottom);
    svg_close(&s);
}

void rehearse_chart_course(struct str *out, const struct rehearsal *r)
{
    if (!r->samples.len)
        return;
    draw(&svg_wide, out, r);
    draw(&svg_narrow, out, r);
}
