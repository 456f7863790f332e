#include "plan/fields.h"

#include "base/must.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>

static const char *const compare_names[] = {
    [GATE_BELOW] = "below",
    [GATE_AT_MOST] = "at-most",
    [GATE_ABOVE] = "above",
    [GATE_AT_LEAST] = "at-least",
};

#define AT(type, member) offsetof(struct type, member)
#define NAMES(list) .type = FIELD_NAME, .names = (list), .count = ARRAY_LEN(list)
#define FIELDS(list)                                                                               \
    {                                                                                              \
        (list), ARRAY_LEN(list)                                                                    \
    }

static const struct field plan_list[] = {
    {"id", FIELD_TEXT, AT(plan, id)},
    {"kind", FIELD_TEXT, AT(plan, kind), .needed = true},
    {"title", FIELD_TEXT, AT(plan, title)},
    {"cluster", FIELD_TEXT, AT(plan, cluster)},
    {"cluster_id", FIELD_TEXT, AT(plan, cluster_id)},
    {"made_by", FIELD_TEXT, AT(plan, made_by)},
    {"made_ms", FIELD_I64, AT(plan, made_ms)},
    {"status", .offset = AT(plan, status), NAMES(plan_status_names), .needed = true},
    {"back", FIELD_BOOL, AT(plan, back)},
    {"words", FIELD_TEXT, AT(plan, words)},
};
const struct fields fields_plan = FIELDS(plan_list);

static const struct field step_list[] = {
    {"name", FIELD_TEXT, AT(plan_step, name), .needed = true},
    {"verb", FIELD_TEXT, AT(plan_step, verb), .needed = true},
    {"title", FIELD_TEXT, AT(plan_step, title)},
    {"state", .offset = AT(plan_step, state), NAMES(plan_step_state_names), .needed = true},
    {"attempts", FIELD_UNSIGNED, AT(plan_step, attempts)},
    {"begun_ms", FIELD_I64, AT(plan_step, begun_ms)},
    {"ended_ms", FIELD_I64, AT(plan_step, ended_ms)},
    {"words", FIELD_TEXT, AT(plan_step, words)},
    {"args", FIELD_OBJECT, AT(plan_step, args)},
};
const struct fields fields_step = FIELDS(step_list);

static const struct field question_list[] = {
    {"name", FIELD_TEXT, AT(plan_question, name), .needed = true},
    {"text", FIELD_TEXT, AT(plan_question, text)},
    {"asked_ms", FIELD_I64, AT(plan_question, asked_ms)},
    {"answered_by", FIELD_TEXT, AT(plan_question, answered_by)},
    {"answered_ms", FIELD_I64, AT(plan_question, answered_ms)},
};
const struct fields fields_question = FIELDS(question_list);

static const struct field gate_list[] = {
    {"kind", .offset = AT(gate, kind), NAMES(gate_kind_names), .needed = true},
    {"soak_ms", FIELD_I64, AT(gate, soak_ms)},
    {"from_min", FIELD_INT, AT(gate, from_min)},
    {"to_min", FIELD_INT, AT(gate, to_min)},
    {"days", FIELD_UNSIGNED, AT(gate, days)},
    {"source", FIELD_TEXT, AT(gate, source)},
    {"url", FIELD_TEXT, AT(gate, url), .address = true},
    {"query", FIELD_TEXT, AT(gate, query)},
    {"compare", .offset = AT(gate, compare), NAMES(compare_names)},
    {"threshold", FIELD_NUMBER, AT(gate, threshold)},
    {"for_ms", FIELD_I64, AT(gate, for_ms)},
    {"every_ms", FIELD_I64, AT(gate, every_ms)},
    {"timeout_ms", FIELD_I64, AT(gate, timeout_ms)},
};
const struct fields fields_gate = FIELDS(gate_list);

static const struct field memory_list[] = {
    {"reached_ms", FIELD_I64, AT(gate_memory, reached_ms)},
    {"seen_ms", FIELD_I64, AT(gate_memory, seen_ms)},
    {"good_ms", FIELD_I64, AT(gate_memory, good_ms)},
    {"has_value", FIELD_BOOL, AT(gate_memory, has_value)},
    {"value", FIELD_NUMBER, AT(gate_memory, value)},
    {"failures", FIELD_UNSIGNED, AT(gate_memory, failures)},
    {"said", FIELD_CHARS, AT(gate_memory, said)},
    {"approved_by", FIELD_TEXT, AT(gate_memory, approved_by)},
    {"approved_ms", FIELD_I64, AT(gate_memory, approved_ms)},
};
const struct fields fields_memory = FIELDS(memory_list);

#define GET(type, object, field)                                                                   \
    (*(const type *)(const void *)((const char *)(object) + (field)->offset))
#define PUT(type, object, field) (*(type *)(void *)((char *)(object) + (field)->offset))

/* --- writing ------------------------------------------------------------------------------- */

static void format_number(double value, struct jsonw *w)
{
    if (!isfinite(value)) {
        jsonw_str(w, value > 0 ? "+Inf" : "-Inf");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    jsonw_raw(w, sv_of(text));
}

static void format_text(const struct field *f, const char *text, bool public, struct jsonw *w)
{
    if (!public || !f->address || !strstr(text, "://")) {
        jsonw_str(w, text);
        return;
    }
    _cleanup_str_ struct str origin = {0};
    gate_origin(text, &origin);
    jsonw_str(w, str_c(&origin));
}

static bool is_zero(const struct field *f, const void *object)
{
    switch (f->type) {
    case FIELD_TEXT:
        return !GET(char *, object, f);
    case FIELD_CHARS:
        return !GET(char, object, f);
    case FIELD_I64:
        return !GET(int64_t, object, f);
    case FIELD_BOOL:
        return !GET(bool, object, f);
    case FIELD_NUMBER:
        return GET(double, object, f) == 0 || isnan(GET(double, object, f));
    case FIELD_OBJECT:
        return !GET(struct sv, object, f).ptr;
    case FIELD_INT:
    case FIELD_UNSIGNED:
    case FIELD_NAME:
        break;
    }
    return !GET(unsigned, object, f);
}

static void format_one(const struct field *f, const void *object, bool public, struct jsonw *w)
{
    jsonw_key(w, f->key);
    switch (f->type) {
    case FIELD_TEXT:
        format_text(f, GET(char *, object, f), public, w);
        break;
    case FIELD_CHARS:
        jsonw_str(w, &GET(char, object, f));
        break;
    case FIELD_I64:
        jsonw_int(w, GET(int64_t, object, f));
        break;
    case FIELD_INT:
    case FIELD_UNSIGNED:
        jsonw_int(w, GET(unsigned, object, f));
        break;
    case FIELD_BOOL:
        jsonw_bool(w, true);
        break;
    case FIELD_NUMBER:
        format_number(GET(double, object, f), w);
        break;
    case FIELD_NAME:
        jsonw_str(w, f->names[GET(unsigned, object, f)]);
        break;
    case FIELD_OBJECT:
        jsonw_raw(w, GET(struct sv, object, f));
        break;
    }
}

void fields_format(const struct fields *fields, const void *object, bool public, struct jsonw *w)
{
    for (size_t i = 0; i < fields->len; i++) {
        const struct field *f = &fields->items[i];
        if (f->needed || !is_zero(f, object))
            format_one(f, object, public, w);
    }
}

/* --- reading ------------------------------------------------------------------------------- */

/* Reads one value; the words say what it should have been, NULL: it is. */
typedef const char *field_reader(const struct field *f, const struct doc_node *node, struct sv text,
                                 struct arena *a, void *object);

static const char *read_text(const struct field *f, const struct doc_node *node, struct sv text,
                             struct arena *a, void *object)
{
    struct sv value = doc_string(node);
    if (!value.ptr || memchr(value.ptr, '\0', value.len))
        return "a text";
    PUT(const char *, object, f) = mem_must(arena_dup(a, value));
    return NULL;
}

/* Longer ones are cut, since replacing what is no UTF-8 makes a text longer. */
static const char *read_chars(const struct field *f, const struct doc_node *node, struct sv text,
                              struct arena *a, void *object)
{
    struct sv value = doc_string(node);
    if (!value.ptr || memchr(value.ptr, '\0', value.len))
        return "a text";
    size_t n = value.len < GATE_SAID_MAX ? value.len : GATE_SAID_MAX - 1;
    while (n < value.len && n > 0 && ((unsigned char)value.ptr[n] & 0xc0) == 0x80)
        n--;
    memcpy(&PUT(char, object, f), value.ptr, n);
    return NULL;
}

static bool read_whole(const struct doc_node *node, int64_t max, int64_t *out)
{
    if (node->type != DOC_INT || node->integer < 0 || node->integer > max)
        return false;
    *out = node->integer;
    return true;
}

static const char *read_i64(const struct field *f, const struct doc_node *node, struct sv text,
                            struct arena *a, void *object)
{
    /* A hundred thousand years: sums of two still fit. */
    return read_whole(node, INT64_C(1) << 52, &PUT(int64_t, object, f)) ? NULL
                                                                        : "a whole number >= 0";
}

static const char *read_int(const struct field *f, const struct doc_node *node, struct sv text,
                            struct arena *a, void *object)
{
    int64_t value = 0;
    if (!read_whole(node, INT_MAX, &value))
        return "a whole number >= 0";
    PUT(int, object, f) = (int)value;
    return NULL;
}

static const char *read_bool(const struct field *f, const struct doc_node *node, struct sv text,
                             struct arena *a, void *object)
{
    if (node->type != DOC_BOOL)
        return "true or false";
    PUT(bool, object, f) = node->boolean;
    return NULL;
}

static const char *read_number(const struct field *f, const struct doc_node *node, struct sv text,
                               struct arena *a, void *object)
{
    double value = 0;
    if (node->type == DOC_INT)
        value = (double)node->integer;
    else if (node->type == DOC_FLOAT && isfinite(node->number))
        value = node->number;
    else if (sv_is(doc_string(node), "+Inf"))
        value = INFINITY;
    else if (sv_is(doc_string(node), "-Inf"))
        value = -INFINITY;
    else
        return "a number";
    PUT(double, object, f) = value;
    return NULL;
}

static const char *read_name(const struct field *f, const struct doc_node *node, struct sv text,
                             struct arena *a, void *object)
{
    struct sv value = doc_string(node);
    for (unsigned i = 0; i < f->count; i++)
        if (value.ptr && sv_is(value, f->names[i])) {
            PUT(unsigned, object, f) = i;
            return NULL;
        }
    return "one of the known names";
}

static const char *read_object(const struct field *f, const struct doc_node *node, struct sv text,
                               struct arena *a, void *object)
{
    if (node->type != DOC_MAP)
        return "an object";
    struct sv raw = sv_n(text.ptr + node->span.start, node->span.end - node->span.start);
    PUT(struct sv, object, f) = sv_n(mem_must(arena_dup(a, raw)), raw.len);
    return NULL;
}

static field_reader *const readers[] = {
    [FIELD_TEXT] = read_text,     [FIELD_CHARS] = read_chars,  [FIELD_I64] = read_i64,
    [FIELD_INT] = read_int,       [FIELD_UNSIGNED] = read_int, [FIELD_BOOL] = read_bool,
    [FIELD_NUMBER] = read_number, [FIELD_NAME] = read_name,    [FIELD_OBJECT] = read_object,
};

int fields_parse(const struct fields *fields, const struct doc_node *node, struct sv text,
                 const char *where, struct arena *a, void *object, struct err *err)
{
    if (!node || node->type != DOC_MAP)
        return err_set(err, ERR_INPUT, "plan: %s is no object", where);
    for (size_t i = 0; i < fields->len; i++) {
        const struct field *f = &fields->items[i];
        const struct doc_node *value = doc_get(node, f->key);
        if (!value && f->needed)
            return err_set(err, ERR_INPUT, "plan: %s has no '%s'", where, f->key);
        const char *expected = value ? readers[f->type](f, value, text, a, object) : NULL;
        if (expected)
            return err_set(err, ERR_INPUT, "plan: '%s' of %s is not %s", f->key, where, expected);
    }
    return 0;
}
