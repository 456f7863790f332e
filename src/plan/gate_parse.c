#include "plan/gate.h"

#include "base/duration.h"
#include "base/jsonw.h"
#include "base/must.h"

#include <math.h>

/* What a person wrote, being read. */
struct reader {
    const char *text;
    struct arena *a;
    struct gate *gate;
    struct err *err;
    bool has_threshold;
    struct sv space, metric, stat; /* cloudwatch */
    int64_t period_ms;
    struct sv missing;
    VEC(struct sv) dimensions;
};

static const char *const examples[GATE_KINDS] = {
    [GATE_APPROVAL] = "approval",
    [GATE_SOAK] = "soak:10m",
    [GATE_WINDOW] = "window:22:00-04:00,mon-fri (UTC)",
    [GATE_METRIC] = "metric:prometheus=https://HOST:9090,query=QUERY,below=0.01,for=5m",
    [GATE_WEBHOOK] = "webhook:https://HOST/PATH,every=30s,timeout=1h",
};
static const char cloudwatch_example[] =
    "metric:cloudwatch=REGION,namespace=AWS/ApplicationELB,metric=HTTPCode_Target_5XX_Count,"
    "stat=Sum,dimension=LoadBalancer:app/web/1,below=5";

static int refuse(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Values may hold secrets: the words name the part that is wrong, not all of the text. */
static int refuse(struct reader *r, const char *fmt, ...)
{
    char words[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    const char *example = examples[r->gate->kind];
    if (r->gate->source && strcmp(r->gate->source, "cloudwatch") == 0)
        example = cloudwatch_example;
    err_set(r->err, ERR_USAGE, "gate '%s': %s", gate_kind_names[r->gate->kind], words);
    return err_hint(r->err, "write it like %s", example);
}

/* --- words --------------------------------------------------------------------------------- */

/* The next part up to a comma that stands neither in brackets nor in quotes; *rest moves behind. */
static struct sv next_part(struct sv *rest)
{
    struct sv whole = *rest;
    unsigned depth = 0;
    char quote = 0;
    for (size_t i = 0; i < whole.len; i++) {
        char c = whole.ptr[i];
        if (quote) {
            i += c == '\\' && quote != '`';
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'' || c == '`') {
            quote = c;
        } else if (strchr("([{", c)) {
            depth++;
        } else if (strchr(")]}", c)) {
            depth -= depth > 0;
        } else if (c == ',' && !depth) {
            *rest = sv_n(whole.ptr + i + 1, whole.len - i - 1);
            return sv_n(whole.ptr, i);
        }
    }
    *rest = SV_NONE;
    return whole;
}

static int read_time(struct reader *r, const char *key, struct sv value, int64_t *out)
{
    if (duration_parse(value, out) && *out > 0)
        return 0;
    return refuse(r, "%s '%.*s' is no span of time such as 30s or 1h30m", key,
                  (int)(value.len < 40 ? value.len : 40), value.ptr);
}

static int read_number(struct reader *r, struct sv value, double *out)
{
    char text[64], *end = NULL;
    snprintf(text, sizeof text, "%.*s", SV_ARG(value));
    if (value.len && value.len < sizeof text && strspn(text, "0123456789+-.eE") == value.len)
        *out = strtod(text, &end);
    if (end && *end == '\0' && isfinite(*out))
        return 0;
    return refuse(r, "'%s' is no number", text);
}

static bool is_address(struct sv url)
{
    size_t scheme = sv_starts(url, "https://") ? 8 : sv_starts(url, "http://") ? 7 : 0;
    if (!scheme || url.len == scheme || url.len > 4096 || strchr("/?#@", url.ptr[scheme]))
        return false;
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f)
            return false;
    return true;
}

static int read_address(struct reader *r, struct sv url)
{
    r->gate->url = mem_must(arena_dup(r->a, url));
    return is_address(url) ? 0 : refuse(r, "the address must be http://HOST… or https://HOST…");
}

/* --- window -------------------------------------------------------------------------------- */

static bool read_clock(struct sv text, int *out)
{
    uint64_t hour = 0, minute = 0;
    struct sv rest = text, first = sv_split(&rest, ':');
    if (first.len != 2 || rest.len != 2 || !sv_to_u64(first, &hour) || !sv_to_u64(rest, &minute))
        return false;
    *out = (int)(hour * 60 + minute);
    return minute < 60 && *out <= 24 * 60;
}

static int day_of(struct sv name)
{
    static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int i = 0; i < 7; i++)
        if (sv_ieq(name, sv_of(names[i])))
            return i;
    return -1;
}

/* "mon" or "fri-mon". */
static bool read_days(struct sv text, unsigned *out)
{
    struct sv rest = text;
    int from = day_of(sv_split(&rest, '-')), to = rest.ptr ? day_of(rest) : from;
    if (from < 0 || to < 0)
        return false;
    for (int day = from;; day = (day + 1) % 7) {
        *out |= 1u << day;
        if (day == to)
            return true;
    }
}

static int read_window(struct reader *r, struct sv rest)
{
    struct sv to = sv_split(&rest, ','), from = sv_split(&to, '-');
    struct gate *g = r->gate;
    if (!read_clock(from, &g->from_min) || !read_clock(to, &g->to_min) || g->from_min == 24 * 60)
        return refuse(r, "the times of the day must be HH:MM-HH:MM");
    if (g->from_min == g->to_min)
        return refuse(r, "the window is empty (the whole day is 00:00-24:00)");
    while (rest.ptr) {
        struct sv days = sv_split(&rest, ',');
        if (!read_days(days, &g->days))
            return refuse(r, "'%.*s' is no day: mon, tue, wed, thu, fri, sat, sun, or two with a -",
                          (int)(days.len < 40 ? days.len : 40), days.ptr);
    }
    return 0;
}

/* --- options ------------------------------------------------------------------------------- */

static bool compare_of(struct sv key, enum gate_compare *out)
{
    static const char *const names[] = {
        [GATE_BELOW] = "below",
        [GATE_AT_MOST] = "at-most",
        [GATE_ABOVE] = "above",
        [GATE_AT_LEAST] = "at-least",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_is(key, names[i])) {
            *out = (enum gate_compare)i;
            return true;
        }
    return false;
}

/* every, timeout, for; 1: none of them. */
static int read_pace(struct reader *r, struct sv key, struct sv value)
{
    struct gate *g = r->gate;
    if (sv_is(key, "every"))
        return read_time(r, "every", value, &g->every_ms);
    if (sv_is(key, "timeout"))
        return read_time(r, "timeout", value, &g->timeout_ms);
    if (sv_is(key, "for") && g->kind == GATE_METRIC)
        return read_time(r, "for", value, &g->for_ms);
    return 1;
}

static int read_cloudwatch(struct reader *r, struct sv key, struct sv value)
{
    const struct {
        const char *key;
        struct sv *out;
    } texts[] = {{"namespace", &r->space}, {"metric", &r->metric}, {"stat", &r->stat}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (sv_is(key, texts[i].key)) {
            *texts[i].out = value;
            return 0;
        }
    if (sv_is(key, "period")) {
        if (read_time(r, "period", value, &r->period_ms))
            return -1;
        return r->period_ms % 60000 ? refuse(r, "the period must be whole minutes") : 0;
    }
    if (sv_is(key, "missing")) {
        double number = 0;
        r->missing = value;
        return read_number(r, value, &number);
    }
    if (!sv_is(key, "dimension"))
        return 1;
    struct sv rest = value, name = sv_split(&rest, ':');
    if (!name.len || !rest.len)
        return refuse(r, "a dimension must be NAME:VALUE");
    must_push(&r->dimensions, value);
    return 0;
}

static int read_option(struct reader *r, struct sv key, struct sv value)
{
    struct gate *g = r->gate;
    int done = read_pace(r, key, value);
    if (done <= 0)
        return done;
    if (g->kind == GATE_METRIC && compare_of(key, &g->compare)) {
        if (r->has_threshold)
            return refuse(r, "one of below, at-most, above, at-least, not two");
        r->has_threshold = true;
        return read_number(r, value, &g->threshold);
    }
    if (g->kind == GATE_METRIC && strcmp(g->source, "cloudwatch") == 0) {
        done = read_cloudwatch(r, key, value);
    } else if (g->kind == GATE_METRIC && sv_is(key, "query")) {
        g->query = mem_must(arena_dup(r->a, value));
        done = 0;
    }
    if (done <= 0)
        return done;
    return refuse(r, "there is no option '%.*s' (a comma in an address is written %%2C)",
                  (int)(key.len < 40 ? key.len : 40), key.ptr);
}

static int read_options(struct reader *r, struct sv rest)
{
    while (rest.ptr) {
        struct sv value = next_part(&rest), key = sv_split(&value, '=');
        if (!value.len)
            return refuse(r, "'%.*s' must be NAME=VALUE", (int)(key.len < 40 ? key.len : 40),
                          key.ptr);
        if (read_option(r, sv_trim(key), value))
            return -1;
    }
    return 0;
}

/* --- metric -------------------------------------------------------------------------------- */

static void format_query(struct reader *r)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    jsonw_kv_sv(&w, "namespace", r->space);
    jsonw_kv_sv(&w, "metric", r->metric);
    jsonw_kv_sv(&w, "stat", r->stat);
    jsonw_kv_int(&w, "period_s", r->period_ms ? r->period_ms / 1000 : 60);
    if (r->missing.ptr)
        jsonw_kv_sv(&w, "missing", r->missing);
    jsonw_key(&w, "dimensions");
    jsonw_object(&w);
    vec_foreach(dimension, &r->dimensions) {
        struct sv rest = *dimension, name = sv_split(&rest, ':');
        jsonw_key_sv(&w, name);
        jsonw_sv(&w, rest);
    }
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    r->gate->query = mem_must(arena_dup(r->a, str_sv(&text)));
}

static int read_metric(struct reader *r, struct sv rest)
{
    struct sv value = next_part(&rest), source = sv_split(&value, '=');
    struct gate *g = r->gate;
    bool is_prometheus = sv_is(source, "prometheus");
    if ((!is_prometheus && !sv_is(source, "cloudwatch")) || !value.len)
        return refuse(r, "it must begin with prometheus=URL or cloudwatch=REGION");
    g->source = is_prometheus ? "prometheus" : "cloudwatch";
    if (is_prometheus && read_address(r, value))
        return -1;
    if (!is_prometheus)
        g->url = mem_must(arena_dup(r->a, value));
    if (strspn(g->url, "abcdefghijklmnopqrstuvwxyz0123456789-") != value.len && !is_prometheus)
        return refuse(r, "'%s' is no AWS region", g->url);
    if (read_options(r, rest))
        return -1;
    if (!is_prometheus && !(r->space.len && r->metric.len && r->stat.len))
        return refuse(r, "it needs namespace=, metric= and stat=");
    if (!is_prometheus)
        format_query(r);
    if (!g->query)
        return refuse(r, "it needs query=");
    return r->has_threshold ? 0 : refuse(r, "it needs one of below=, at-most=, above=, at-least=");
}

static int read_gate(struct reader *r, struct sv rest)
{
    switch (r->gate->kind) {
    case GATE_APPROVAL:
        return rest.ptr ? refuse(r, "it takes nothing behind it") : 0;
    case GATE_SOAK:
        return read_time(r, "the time", rest.ptr ? rest : SV(""), &r->gate->soak_ms);
    case GATE_WINDOW:
        return read_window(r, rest);
    case GATE_METRIC:
        return read_metric(r, rest);
    case GATE_WEBHOOK:
    case GATE_KINDS:
        break;
    }
    struct sv url = next_part(&rest);
    return read_address(r, url) || read_options(r, rest) ? -1 : 0;
}

int gate_parse(const char *text, struct arena *a, struct gate *out, struct err *err)
{
    struct sv rest = sv_of(text), kind = sv_split(&rest, ':');
    for (unsigned i = 0; i < GATE_KINDS; i++) {
        if (!sv_is(kind, gate_kind_names[i]))
            continue;
        *out = (struct gate){.kind = (enum gate_kind)i};
        struct reader r = {.text = text, .a = a, .gate = out, .err = err};
        int result = read_gate(&r, rest);
        vec_release(&r.dimensions);
        return result;
    }
    err_set(err, ERR_USAGE, "'%.*s' is no kind of gate", (int)(kind.len < 40 ? kind.len : 40),
            kind.ptr);
    return err_hint(err, "there are approval, soak:10m, window:22:00-04:00, metric:…, webhook:URL");
}
