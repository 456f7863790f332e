#include "plan/fields.h"

#include "base/must.h"

#include <math.h>

struct reader {
    struct plan *plan;
    struct sv text;
    char where[64];
    struct err *err;
};

static int refuse(struct reader *r, const char *what)
{
    return err_set(r->err, ERR_INPUT, "plan: %s: %s", r->where, what);
}

static int read_fields(struct reader *r, const struct fields *fields, const struct doc_node *node,
                       void *object)
{
    return fields_parse(fields, node, r->text, r->where, &r->plan->arena, object, r->err);
}

/* --- gates --------------------------------------------------------------------------------- */

static const char *gate_fault(const struct gate *g)
{
    const bool outside = g->kind == GATE_METRIC || g->kind == GATE_WEBHOOK;
    if (g->from_min > 24 * 60 || g->to_min > 24 * 60)
        return "a window's minute is beyond the end of the day";
    if (g->days > 0x7f)
        return "a window has seven days to choose from";
    if (!isfinite(g->threshold))
        return "a threshold is not a number";
    if (outside && !g->url)
        return "it does not say whom to ask";
    if (g->kind == GATE_METRIC && (!g->source || !g->query))
        return "a metric needs a source and a query";
    return NULL;
}

static int read_gate(struct reader *r, const struct doc_node *node, struct plan_step *step)
{
    const struct doc_node *memory = doc_get(node, "memory");
    if (read_fields(r, &fields_gate, doc_get(node, "gate"), &step->gate) ||
        (memory && read_fields(r, &fields_memory, memory, &step->memory)))
        return -1;
    const char *fault = gate_fault(&step->gate);
    return fault ? refuse(r, fault) : 0;
}

/* --- lists --------------------------------------------------------------------------------- */

static bool is_step_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= 63 && name[n] == '\0';
}

static int read_step(struct reader *r, const struct doc_node *node)
{
    struct plan_step step = {0};
    if (read_fields(r, &fields_step, node, &step))
        return -1;
    if (!is_step_name(step.name))
        return refuse(r, "a step's name is lower-case letters, digits and dashes");
    if (r->plan->steps.len == FIELDS_STEPS_MAX)
        return refuse(r, "there are too many steps");
    if (plan_find_step(r->plan, step.name))
        return refuse(r, "there is a step of this name already");
    if (strcmp(step.verb, "gate") == 0 && read_gate(r, node, &step))
        return -1;
    must_push(&r->plan->steps, step);
    return 0;
}

static int read_question(struct reader *r, const struct doc_node *node)
{
    struct plan_question question = {0};
    if (read_fields(r, &fields_question, node, &question))
        return -1;
    must_push(&r->plan->questions, question);
    return 0;
}

static int read_text(struct reader *r, const struct doc_node *node, const char **out)
{
    struct sv value = doc_string(node);
    if (!value.ptr || memchr(value.ptr, '\0', value.len))
        return refuse(r, "is not a text");
    *out = mem_must(arena_dup(&r->plan->arena, value));
    return 0;
}

static int read_accepted(struct reader *r, const struct doc_node *node)
{
    const char *text = NULL;
    if (read_text(r, node, &text))
        return -1;
    must_push(&r->plan->accepted, text);
    return 0;
}

static int read_claim(struct reader *r, const struct doc_node *node)
{
    const char *text = NULL;
    if (read_text(r, node, &text))
        return -1;
    must_push(&r->plan->claims, text);
    return 0;
}

static int read_list(struct reader *r, const struct doc_node *root, const char *key,
                     int (*read)(struct reader *r, const struct doc_node *node))
{
    const struct doc_node *list = doc_get(root, key);
    if (list && list->type != DOC_SEQ)
        return err_set(r->err, ERR_INPUT, "plan: '%s' is not a list", key);
    for (uint32_t i = 0; i < doc_count(list); i++) {
        snprintf(r->where, sizeof r->where, "%s[%u]", key, i);
        if (read(r, doc_item(list, i)))
            return -1;
    }
    return 0;
}

/* --- all of it ----------------------------------------------------------------------------- */

static int check_schema(const struct doc_node *root, struct err *err)
{
    struct sv schema = doc_get_string(root, "schema");
    if (sv_is(schema, FIELDS_SCHEMA))
        return 0;
    if (!sv_starts(schema.ptr ? schema : SV(""), "toban.plan/"))
        return err_set(err, ERR_INPUT, "plan: its schema is not " FIELDS_SCHEMA);
    err_set(err, ERR_INPUT, "plan: '%.*s' is of a newer toban, this one reads " FIELDS_SCHEMA,
            (int)(schema.len < 40 ? schema.len : 40), schema.ptr);
    return err_hint(err, "use the toban that made it");
}

static const struct field part_list[] = {
    {"args", FIELD_OBJECT, offsetof(struct plan, args)},
    {"forecast", FIELD_OBJECT, offsetof(struct plan, forecast)},
};
static const struct fields fields_parts = {part_list, ARRAY_LEN(part_list)};

static int read_plan(struct reader *r, const struct doc_node *root)
{
    snprintf(r->where, sizeof r->where, "the plan");
    if (read_fields(r, &fields_plan, root, r->plan) || read_fields(r, &fields_parts, root, r->plan))
        return -1;
    return read_list(r, root, "accepted", read_accepted) ||
                   read_list(r, root, "steps", read_step) ||
                   read_list(r, root, "questions", read_question) ||
                   read_list(r, root, "claims", read_claim)
               ? -1
               : 0;
}

int plan_parse(struct sv text, struct plan *out, struct err *err)
{
    plan_init(out);
    if (text.len > PLAN_TEXT_MAX)
        return err_set(err, ERR_LIMIT, "plan: %zu bytes, at most %zu can be read", text.len,
                       PLAN_TEXT_MAX);
    _cleanup_doc_ struct doc_file f = {0};
    if (doc_parse_json(&f, "plan", text, NULL, err))
        return -1;
    const struct doc_node *root = f.part_count ? f.parts[0].root : NULL;
    if (!root || root->type != DOC_MAP)
        return err_set(err, ERR_INPUT, "plan: it is not a JSON object");
    if (check_schema(root, err))
        return -1;
    struct reader r = {.plan = out, .text = text, .err = err};
    return read_plan(&r, root);
}
