#include "cmd/progress.h"

#include "base/io.h"
#include "base/must.h"
#include "cmd/drain_frame.h"
#include "cmd/event_print.h"
#include "ops/replace/phase.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#define LINE_EVERY_MS 15000
#define STILL_EVERY_MS 60000
#define HEADS_MAX 6

int64_t progress_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the terminal ---- */

/* These run on the thread of the signals, beside everything else. */

static void say_pausing(void *ctx)
{
    static const char text[] = "toban: pausing: what is under way is awaited; Ctrl-C again ends at "
                               "once\n";
    const struct progress *p = ctx;
    if (!p->screen.open)
        (void)!io_write_all(fileno(p->ctx->err), text, strlen(text));
}

static void leave(void *ctx, bool ends)
{
    const struct progress *p = ctx;
    screen_restore(&p->screen);
    if (ends)
        (void)!io_write_all(fileno(p->ctx->err), p->farewell, strlen(p->farewell));
}

static void again(void *ctx)
{
    const struct progress *p = ctx;
    screen_take(&p->screen);
}

static bool is_terminal(FILE *f)
{
    return isatty(fileno(f));
}

static bool can_draw(const struct cmd_ctx *ctx, bool json)
{
    const char *term = getenv("TERM");
    bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
    return is_terminal(ctx->err) && !dumb && !(json && is_terminal(ctx->out));
}

int progress_start(struct progress *p, struct cmd_ctx *ctx, const struct plan *plan, bool json,
                   int64_t forecast_ms, struct err *err)
{
    bool live = can_draw(ctx, json);
    *p = (struct progress){
        .ctx = ctx,
        .plan = plan,
        .forecast_ms = forecast_ms,
        .json = json,
        .lines = !json && !(live && is_terminal(ctx->out)),
        .begun_ms = progress_now_ms(),
        .interrupt = {.asked = say_pausing, .leave = leave, .again = again, .ctx = p},
    };
    snprintf(p->farewell, sizeof p->farewell,
             "\ntoban: ended at once; 'toban plan resume %s' goes on\n", plan->id);
    if (interrupt_start(&p->interrupt, err) < 0)
        return -1;
    if (live)
        screen_open(&p->screen, ctx->err);
    return 0;
}

void progress_stop(struct progress *p)
{
    screen_close(&p->screen);
    interrupt_stop(&p->interrupt);
    for (size_t i = 0; i < PROGRESS_RECENT; i++) {
        free(p->recent[i]);
        p->recent[i] = NULL;
    }
}

static bool is_pausing(const struct progress *p)
{
    struct pollfd fd = {.fd = p->interrupt.fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* How far the groups of a replacement are; at most so many that the rest has room. */
static size_t phase_lines(const struct progress *p, struct arena *a, const char **out)
{
    struct replace_phase phases[HEADS_MAX];
    size_t n = replace_phases(p->plan, a, phases, HEADS_MAX), shown = n < HEADS_MAX ? n : HEADS_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct replace_phase *at = &phases[i];
        const char *arrow = p->ctx->utf8 ? "\xE2\x86\x92" : "->", *round = "";
        if (at->round)
            round = mem_must(arena_fmt(a, "round %u of %u, ", at->round, at->rounds));
        out[i] =
            mem_must(arena_fmt(a, "%s %s %s: %s%s", at->blue, arrow, at->green, round, at->text));
    }
    if (n > shown)
        out[shown - 1] = mem_must(arena_fmt(a, "and %zu more node groups", n - shown + 1));
    return shown;
}

/* heads, of HEADS_MAX, and a are to live as long as the frame. */
static struct drain_frame frame_of(struct progress *p, const char **heads, struct arena *a)
{
    screen_measure(&p->screen);
    return (struct drain_frame){
        .heads = heads,
        .head_count = phase_lines(p, a, heads),
        .width = p->screen.width,
        .height = p->screen.height,
        .colour = p->ctx->colour_err,
        .utf8 = p->ctx->utf8,
        .plan = p->plan->id,
        .title = p->plan->title,
        .forecast_ms = p->forecast_ms,
        .pausing = is_pausing(p),
    };
}

/* ---- what is told ---- */

static void put(struct progress *p, const struct str *line)
{
    fwrite(str_c(line), 1, line->len, p->ctx->out);
    fflush(p->ctx->out);
}

static void remember(struct progress *p, const struct str *line)
{
    free(p->recent[0]);
    memmove(p->recent, p->recent + 1, sizeof p->recent - sizeof *p->recent);
    p->recent[PROGRESS_RECENT - 1] = mem_must(strndup(str_c(line), line->len - 1));
}

/* On the terminal: among the latest events of the view, above it for good, or not at all. */
enum telling { TELL_AS_RECENT, TELL_TO_STAY, TELL_QUIETLY };

static void tell(struct progress *p, const struct event *e, enum telling how)
{
    _cleanup_str_ struct str line = {0};
    if (p->json)
        event_print_json(e, &line);
    else
        event_print_line(e, &line);
    if (p->json || p->lines)
        put(p, &line);
    if (!p->screen.open || how == TELL_QUIETLY)
        return;
    str_reset(&line);
    event_print_line(e, &line);
    if (how == TELL_AS_RECENT) {
        remember(p, &line);
        return;
    }
    screen_clear(&p->screen);
    fwrite(str_c(&line), 1, line.len, p->ctx->err);
    fflush(p->ctx->err);
}

void progress_event(void *ctx, const struct drain_event *e)
{
    struct progress *p = ctx;
    struct event event = {
        .at_ms = e->at_ms,
        .plan = p->plan->id,
        .kind = e->kind,
        .subject = e->subject,
        .text = e->text,
    };
    tell(p, &event, TELL_AS_RECENT);
}

/* What a person would type to let it go on; nothing when that is not for people. */
static void add_hint(const struct plan *plan, const struct plan_step *step, const char *kind,
                     struct str *out)
{
    bool gate = step && strncmp(kind, "gate.", 5) == 0 && strcmp(step->verb, "gate") == 0;
    bool asks = strcmp(kind, "question.asked") == 0 && plan->questions.len;
    if (gate && step->gate.kind == GATE_APPROVAL && !step->memory.approved_by)
        str_addf(out, "toban plan approve %s %s", plan->id, step->name);
    else if (asks)
        str_addf(out, "toban plan approve %s '%s'", plan->id,
                 plan->questions.items[plan->questions.len - 1].name);
}

/* A wait is drawn in place: it may be told every minute. */
static void draw_wait(struct progress *p, const struct plan_step *step, const char *words,
                      const char *hint)
{
    _cleanup_str_ struct str text = {0};
    _cleanup_arena_ struct arena a = {0};
    const char *heads[HEADS_MAX];
    struct drain_frame f = frame_of(p, heads, &a);
    drain_frame_wait(&f, step->name, words, *hint ? hint : NULL, &text);
    screen_draw(&p->screen, str_sv(&text));
}

static bool step_begins(const char *kind)
{
    return strcmp(kind, "step.begun") == 0 || strcmp(kind, "step.undoing") == 0;
}

/* The words of a step that begins are those of an earlier try. */
static const char *text_of(const struct plan_step *step, const char *kind, const char *words)
{
    if (words && *words && !step_begins(kind))
        return words;
    return step && step->title ? step->title : "";
}

void progress_tell(void *ctx, const struct plan *plan, const struct plan_step *step,
                   const char *kind, const char *words)
{
    struct progress *p = ctx;
    bool waits = step && strcmp(kind, "gate.waits") == 0;
    if (step_begins(kind)) {
        p->before = progress_moved(p);
        p->last = (struct progress_moved){0};
    }
    _cleanup_str_ struct str text = {0}, hint = {0};
    str_adds(&text, text_of(step, kind, words));
    add_hint(plan, step, kind, &hint);
    if (waits && p->screen.open)
        draw_wait(p, step, str_c(&text), str_c(&hint));
    if (hint.len && !waits)
        str_addf(&text, "; %s", str_c(&hint));
    struct event event = {
        .at_ms = progress_now_ms(),
        .plan = plan->id,
        .step = step ? step->name : NULL,
        .kind = kind,
        .text = str_c(&text),
    };
    tell(p, &event, waits ? TELL_QUIETLY : TELL_TO_STAY);
}

/* Again when it is another one, or has lasted; not at every node that joins. */
static bool wait_is_due(struct progress *p, const char *step, const char *words)
{
    char now[sizeof p->waited];
    int64_t since = progress_now_ms() - p->waited_ms;
    snprintf(now, sizeof now, "%s %s", step, words);
    bool same = strcmp(now, p->waited) == 0;
    bool same_step = strncmp(now, p->waited, strlen(step) + 1) == 0;
    if (p->waited_ms && since < (same ? STILL_EVERY_MS : same_step ? LINE_EVERY_MS : 0))
        return false;
    memcpy(p->waited, now, sizeof now);
    p->waited_ms = progress_now_ms();
    return true;
}

void progress_waits(void *ctx, const struct plan_step *step, const char *words)
{
    struct progress *p = ctx;
    const char *text = *words ? words : step->title;
    struct event event = {
        .at_ms = progress_now_ms(),
        .plan = p->plan->id,
        .step = step->name,
        .kind = "waits",
        .text = text,
    };
    if (p->screen.open)
        draw_wait(p, step, text, "");
    if (wait_is_due(p, step->name, words))
        tell(p, &event, TELL_QUIETLY);
}

/* ---- how far it is ---- */

static void draw(struct progress *p, const struct drain_view *v)
{
    _cleanup_str_ struct str text = {0};
    size_t first = 0;
    _cleanup_arena_ struct arena a = {0};
    const char *heads[HEADS_MAX];
    struct drain_frame f = frame_of(p, heads, &a);
    while (first < PROGRESS_RECENT && !p->recent[first])
        first++;
    f.view = v;
    f.events = (const char *const *)p->recent + first;
    f.event_count = PROGRESS_RECENT - first;
    drain_frame_draw(&f, &text);
    screen_draw(&p->screen, str_sv(&text));
}

/* What does not move is told again now and then, so that a log shows that somebody still looks. */
static bool is_due(const struct progress *p, const struct drain_view *v)
{
    bool moved = memcmp(&p->told, &v->progress, sizeof p->told) != 0;
    int64_t every = !moved ? STILL_EVERY_MS : p->json ? 0 : LINE_EVERY_MS;
    return !p->told_ms || v->now_ms - p->told_ms >= every;
}

static void put_progress(struct progress *p, const struct drain_view *v)
{
    _cleanup_str_ struct str text = {0};
    if (!is_due(p, v))
        return;
    p->told_ms = v->now_ms;
    p->told = v->progress;
    if (p->json)
        event_print_progress_json(p->plan->id, v, &text);
    else
        event_print_progress_lines(v, &text);
    put(p, &text);
}

void progress_view(void *ctx, const struct drain_view *v)
{
    struct progress *p = ctx;
    if (p->json || p->lines)
        put_progress(p, v);
    if (p->screen.open)
        draw(p, v);
    p->last =
        (struct progress_moved){v->progress.pods, v->progress.pods_gone, v->evictions, v->refused};
}

struct progress_moved progress_moved(const struct progress *p)
{
    return (struct progress_moved){
        p->before.pods + p->last.pods,
        p->before.gone + p->last.gone,
        p->before.evictions + p->last.evictions,
        p->before.refused + p->last.refused,
    };
}
