#include "cmd/drain_frame.h"

#include "base/duration.h"
#include "base/must.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cmd/rehearse_text.h"

#include <string.h>

#define BAR_MAX 24
#define NODE_BAR 12
#define NAME_MAX_COLUMNS 44
#define LEAVING_TOLD_MS 60000

#define BOLD "1"
#define DIM "2"
#define RED "1;31"
#define GREEN "32"
#define YELLOW "33"

/* ---- lines of bounded width ---- */

struct pen {
    const struct drain_frame *f;
    struct str *out;
    unsigned column;
    unsigned lines;
};

static unsigned columns(const char *text, size_t n)
{
    return (unsigned)utf8_width(text, n);
}

/* The longest beginning that fits. */
static size_t fitting(const char *text, size_t n, unsigned room)
{
    size_t at = 0, next;
    while (at < n) {
        next = utf8_length(text + at, n - at);
        next = next ? next : 1;
        if (columns(text, at + next) > room)
            break;
        at += next;
    }
    return at;
}

/* Writes a word in a colour ("" for none), cut where the line ends. */
static void put(struct pen *p, const char *code, const char *text)
{
    _cleanup_str_ struct str safe = {0};
    unsigned room = p->f->width > p->column + 1 ? p->f->width - 1 - p->column : 0;
    text_printable(&safe, sv_of(text));
    bool colour = p->f->colour && *code;
    bool cut = columns(str_c(&safe), safe.len) > room;
    size_t n = cut ? fitting(str_c(&safe), safe.len, room ? room - 1 : 0) : safe.len;
    if (!room)
        return;
    if (colour)
        str_addf(p->out, "\033[%sm", code);
    str_add(p->out, str_c(&safe), n);
    p->column += columns(str_c(&safe), n);
    if (cut) {
        str_adds(p->out, p->f->utf8 ? "\xE2\x80\xA6" : "~");
        p->column = p->f->width - 1;
    }
    if (colour)
        str_adds(p->out, "\033[0m");
}

static void putf(struct pen *p, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void putf(struct pen *p, const char *code, const char *fmt, ...)
{
    _cleanup_str_ struct str text = {0};
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&text, fmt, ap);
    va_end(ap);
    put(p, code, str_c(&text));
}

static void pad_to(struct pen *p, unsigned column)
{
    if (column >= p->f->width)
        return;
    while (p->column < column) {
        str_addc(p->out, ' ');
        p->column++;
    }
}

static void end_line(struct pen *p)
{
    str_addc(p->out, '\n');
    p->column = 0;
    p->lines++;
}

static void bar(struct pen *p, unsigned width, uint64_t done, uint64_t all, const char *code)
{
    _cleanup_str_ struct str text = {0};
    unsigned full = all ? (unsigned)(done * width / all) : width;
    full = full > width ? width : full;
    for (unsigned i = 0; i < width; i++)
        str_adds(&text, i < full     ? p->f->utf8 ? "\xE2\x96\x88" : "#"
                        : p->f->utf8 ? "\xE2\x96\x91"
                                     : ".");
    put(p, code, str_c(&text));
}

/* ---- head and foot ---- */

static void add_took(const struct drain_frame *f, struct str *out)
{
    char text[DURATION_TEXT_MAX];
    str_adds(out, duration_clock(f->view->now_ms - f->view->begun_ms, text));
    if (f->forecast_ms > 0)
        str_addf(out, ", rehearsed %s", duration_format(f->forecast_ms, text));
}

static void head(struct pen *p)
{
    const struct drain_frame *f = p->f;
    _cleanup_str_ struct str took = {0};
    add_took(f, &took);
    unsigned right = (unsigned)took.len + 1;
    put(p, DIM, f->plan);
    put(p, "", "  ");
    if (f->width > p->column + right + 1) {
        struct drain_frame narrow = *f;
        struct pen title = {&narrow, p->out, p->column, 0};
        narrow.width = f->width - right;
        put(&title, BOLD, f->title);
        p->column = title.column;
        pad_to(p, f->width - right);
        put(p, "", str_c(&took));
    }
    end_line(p);
}

static void heads(struct pen *p)
{
    for (size_t i = 0; i < p->f->head_count; i++) {
        putf(p, "", "  %s", p->f->heads[i]);
        end_line(p);
    }
}

static void add_rest(struct pen *p)
{
    const struct drain_view *v = p->f->view;
    char left[DURATION_TEXT_MAX];
    if (v->remaining_ms >= 0 && v->phase != NODES_PHASE_DONE)
        putf(p, "", ", about %s left", duration_format(v->remaining_ms, left));
}

static void progress(struct pen *p)
{
    const struct nodes_progress *n = &p->f->view->progress;
    unsigned width = p->f->width > 2 * BAR_MAX ? BAR_MAX : p->f->width / 3;
    bar(p, width, n->pods_gone, n->pods, n->pods_gone >= n->pods ? GREEN : "");
    putf(p, BOLD, " %u of %u pods", n->pods_gone, n->pods);
    if (p->f->view->pods_per_s >= 0.05)
        putf(p, "", ", %.1f a second", p->f->view->pods_per_s);
    add_rest(p);
    end_line(p);
}

static void count(struct pen *p, uint64_t n, const char *code, const char *what)
{
    if (n)
        putf(p, code, ", %llu %s", (unsigned long long)n, what);
}

static void counts(struct pen *p)
{
    const struct drain_view *v = p->f->view;
    put(p, "", rehearse_text_phase_title(v->phase));
    putf(p, "", ": %u of %u nodes clean", v->progress.nodes_clean, v->progress.nodes);
    count(p, v->progress.leaving, "", "leaving");
    count(p, v->progress.waiting, YELLOW, "waiting");
    count(p, v->not_ready, YELLOW,
          v->not_ready == 1 ? "replacement not Ready" : "replacements not Ready");
    count(p, v->progress.volumes, YELLOW,
          v->progress.volumes == 1 ? "volume attached" : "volumes attached");
    count(p, v->refused, "", v->refused == 1 ? "refusal" : "refusals");
    count(p, v->throttled, YELLOW, "throttled");
    count(p, v->failed, RED, "failed");
    end_line(p);
}

static void foot(struct pen *p)
{
    if (p->f->view && p->f->view->phase == NODES_PHASE_DONE)
        return;
    if (p->f->pausing)
        put(p, YELLOW, "pausing: what is under way is awaited; Ctrl-C again ends at once");
    else
        put(p, DIM, "Ctrl-C pauses, twice ends at once; it can be resumed");
    end_line(p);
}

static void trouble(struct pen *p)
{
    if (!p->f->view->trouble)
        return;
    putf(p, RED, "trouble: %s", p->f->view->trouble);
    end_line(p);
}

/* ---- nodes ---- */

static const struct {
    const char *word, *code;
    unsigned rank;
} states[] = {
    [DRAIN_WAITS] = {"waiting", DIM, 2},
    [DRAIN_DRAINS] = {"draining", "", 0},
    [DRAIN_EMPTY] = {"volumes left", YELLOW, 1},
    [DRAIN_CLEAN] = {"clean", GREEN, 3},
    [DRAIN_GONE] = {"gone", RED, 4},
};

/* The domain that all nodes share; nobody needs to read it in every line. */
static size_t domain_length(const struct drain_view *v)
{
    const char *domain = v->node_count ? strchr(v->nodes[0].name, '.') : NULL;
    for (uint32_t i = 0; domain && i < v->node_count; i++)
        if (!sv_ends(sv_of(v->nodes[i].name), domain))
            return 0;
    return domain ? strlen(domain) : 0;
}

/* To be freed. */
static char *short_name(const struct drain_view *v, const char *name)
{
    size_t all = strlen(name), domain = domain_length(v);
    bool ends =
        domain && all > domain && strcmp(name + all - domain, strchr(v->nodes[0].name, '.')) == 0;
    return mem_must(strndup(name, ends ? all - domain : all));
}

static unsigned name_columns(const struct drain_view *v)
{
    unsigned widest = 0;
    size_t domain = domain_length(v);
    for (uint32_t i = 0; i < v->node_count; i++) {
        unsigned width = columns(v->nodes[i].name, strlen(v->nodes[i].name) - domain);
        widest = width > widest ? width : widest;
    }
    return widest > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : widest;
}

static void node(struct pen *p, const struct drain_node *n, unsigned names)
{
    struct drain_frame narrow = *p->f;
    struct pen name = {&narrow, p->out, 2, 0};
    _cleanup_free_ char *text = short_name(p->f->view, n->name);
    uint32_t gone = n->pods > n->pods_left ? n->pods - n->pods_left : 0;
    put(p, "", "  ");
    narrow.width = names + 3 < p->f->width ? names + 3 : p->f->width;
    put(&name, "", text);
    p->column = name.column;
    pad_to(p, names + 4);
    bar(p, NODE_BAR, gone, n->pods, states[n->state].code);
    putf(p, states[n->state].code, " %s", states[n->state].word);
    if (n->pods_left)
        putf(p, "", ", %u of %u pods left", n->pods_left, n->pods);
    if (n->volumes)
        putf(p, "", ", %u %s", n->volumes, n->volumes == 1 ? "volume" : "volumes");
    if (!n->ready && n->state != DRAIN_GONE)
        put(p, RED, ", not Ready");
    end_line(p);
}

static void more_nodes(struct pen *p, const uint32_t *left, bool all)
{
    const char *before = all ? "  nodes: " : "  and ";
    for (size_t s = 0; s < ARRAY_LEN(states); s++)
        if (left[s]) {
            putf(p, DIM, "%s%u %s", before, left[s], states[s].word);
            before = ", ";
        }
    end_line(p);
}

static void nodes(struct pen *p, uint32_t show)
{
    const struct drain_view *v = p->f->view;
    unsigned names = name_columns(v);
    uint32_t left[ARRAY_LEN(states)] = {0}, shown = 0;
    for (unsigned rank = 0; rank < ARRAY_LEN(states); rank++)
        for (uint32_t i = 0; i < v->node_count; i++) {
            const struct drain_node *n = &v->nodes[i];
            if (states[n->state].rank != rank)
                continue;
            if (shown < show) {
                node(p, n, names);
                shown++;
            } else {
                left[n->state]++;
            }
        }
    if (shown < v->node_count)
        more_nodes(p, left, !shown);
}

/* ---- what is blocked ---- */

static bool is_told(const struct drain_view *v, const struct drain_pod *pod)
{
    switch (pod->why) {
    case NODES_FREE:
    case NODES_BLOCK_RATE:
    case NODES_BLOCK_NODE:
        return false;
    case NODES_BLOCK_LEAVING:
        return v->now_ms - pod->since_ms >= LEAVING_TOLD_MS;
    default:
        return true;
    }
}

static bool is_same(const struct drain_pod *a, const struct drain_pod *b)
{
    return a->why == b->why && strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->cause, b->cause) == 0;
}

uint32_t drain_frame_groups(const struct drain_view *v, struct drain_group *out, uint32_t cap)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->blocked_count; i++) {
        const struct drain_pod *pod = &v->blocked[i];
        uint32_t g = 0;
        if (!is_told(v, pod))
            continue;
        while (g < n && !is_same(out[g].first, pod))
            g++;
        if (g < n)
            out[g].pods++;
        else if (n < cap)
            out[n++] = (struct drain_group){pod, 1};
    }
    return n;
}

static void group(struct pen *p, const struct drain_group *g)
{
    char since[DURATION_TEXT_MAX];
    _cleanup_free_ char *node_name = short_name(p->f->view, g->first->node);
    duration_format((p->f->view->now_ms - g->first->since_ms) / 1000 * 1000, since);
    putf(p, BOLD, "  %s", g->first->pod);
    if (g->pods > 1)
        putf(p, "", " and %u more of %s", g->pods - 1, g->first->workload);
    putf(p, DIM, " on %s, for %s", node_name, since);
    end_line(p);
    putf(p, YELLOW, "      %s", g->first->cause);
    end_line(p);
    if (!g->first->fix)
        return;
    putf(p, GREEN, "      fix: %s", g->first->fix);
    end_line(p);
}

static unsigned group_lines(const struct drain_group *groups, uint32_t n)
{
    unsigned lines = 0;
    for (uint32_t i = 0; i < n; i++)
        lines += groups[i].first->fix ? 3 : 2;
    return lines;
}

static void blocked(struct pen *p, const struct drain_group *groups, uint32_t show, uint32_t all)
{
    for (uint32_t i = 0; i < show; i++)
        group(p, &groups[i]);
    if (show >= all)
        return;
    putf(p, DIM, "  and %u more %s: toban plan show %s", all - show,
         all - show == 1 ? "cause" : "causes", p->f->plan);
    end_line(p);
}

/* ---- what fits ---- */

struct shares {
    uint32_t nodes, blocked;
    size_t events;
};

static unsigned lines_of(const struct drain_frame *f, const struct shares *s,
                         const struct drain_group *groups, uint32_t group_count)
{
    unsigned lines = 3 + (unsigned)f->head_count + (f->view->trouble != NULL) + 1;
    lines += s->nodes + (s->nodes < f->view->node_count);
    lines += group_lines(groups, s->blocked) + (s->blocked < group_count);
    return lines + (unsigned)s->events;
}

/* Takes one line, or one cause, where it hurts least. False: nothing is left to take. */
static bool shrink(struct shares *s)
{
    if (s->events > 3)
        s->events--;
    else if (s->nodes > 8)
        s->nodes--;
    else if (s->blocked > 2)
        s->blocked--;
    else if (s->nodes > 3)
        s->nodes--;
    else if (s->blocked > 1)
        s->blocked--;
    else if (s->events)
        s->events--;
    else if (s->nodes)
        s->nodes--;
    else if (s->blocked)
        s->blocked--;
    else
        return false;
    return true;
}

static void events(struct pen *p, size_t show)
{
    for (size_t i = p->f->event_count - show; i < p->f->event_count; i++) {
        putf(p, DIM, "  %s", p->f->events[i]);
        end_line(p);
    }
}

void drain_frame_draw(const struct drain_frame *f, struct str *out)
{
    struct drain_group groups[DRAIN_GROUPS_MAX];
    struct pen p = {f, out, 0, 0};
    uint32_t group_count = drain_frame_groups(f->view, groups, DRAIN_GROUPS_MAX);
    struct shares s = {f->view->node_count, group_count, f->event_count < 6 ? f->event_count : 6};
    bool fits = true;
    while (lines_of(f, &s, groups, group_count) > f->height - 1 && fits)
        fits = shrink(&s);
    head(&p);
    if (fits)
        heads(&p);
    progress(&p);
    counts(&p);
    if (fits) {
        trouble(&p);
        nodes(&p, s.nodes);
        blocked(&p, groups, s.blocked, group_count);
        events(&p, s.events);
        foot(&p);
    }
}

void drain_frame_wait(const struct drain_frame *f, const char *gate, const char *words,
                      const char *hint, struct str *out)
{
    struct pen p = {f, out, 0, 0};
    put(&p, DIM, f->plan);
    put(&p, "", "  ");
    put(&p, BOLD, f->title);
    end_line(&p);
    heads(&p);
    putf(&p, YELLOW, "waits at %s", gate);
    putf(&p, "", ": %s", words);
    end_line(&p);
    if (hint) {
        putf(&p, GREEN, "  %s", hint);
        end_line(&p);
    }
    foot(&p);
}
