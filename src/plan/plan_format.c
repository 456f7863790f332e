#include "plan/fields.h"

static void format_step(const struct plan_step *step, bool public, struct jsonw *w)
{
    jsonw_object(w);
    fields_format(&fields_step, step, public, w);
    if (strcmp(step->verb, "gate") == 0) {
        jsonw_key(w, "gate");
        jsonw_object(w);
        fields_format(&fields_gate, &step->gate, public, w);
        jsonw_object_end(w);
        jsonw_key(w, "memory");
        jsonw_object(w);
        fields_format(&fields_memory, &step->memory, public, w);
        jsonw_object_end(w);
    }
    jsonw_object_end(w);
}

static void format_texts(const char *key, const char *const *texts, size_t count, struct jsonw *w)
{
    if (!count)
        return;
    jsonw_key(w, key);
    jsonw_array(w);
    for (size_t i = 0; i < count; i++)
        jsonw_str(w, texts[i]);
    jsonw_array_end(w);
}

static void format_lists(const struct plan *p, bool public, struct jsonw *w)
{
    format_texts("accepted", p->accepted.items, p->accepted.len, w);
    jsonw_key(w, "steps");
    jsonw_array(w);
    vec_foreach(step, &p->steps)
        format_step(step, public, w);
    jsonw_array_end(w);
    if (!p->questions.len)
        return;
    jsonw_key(w, "questions");
    jsonw_array(w);
    vec_foreach(question, &p->questions) {
        jsonw_object(w);
        fields_format(&fields_question, question, public, w);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void format_parts(const struct plan *p, struct jsonw *w)
{
    if (p->args.ptr) {
        jsonw_key(w, "args");
        jsonw_raw(w, p->args);
    }
    if (p->forecast.ptr) {
        jsonw_key(w, "forecast");
        jsonw_raw(w, p->forecast);
    }
    format_texts("claims", p->claims.items, p->claims.len, w);
}

static void format_plan(const struct plan *p, bool public, bool whole, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", FIELDS_SCHEMA);
    fields_format(&fields_plan, p, public, &w);
    format_lists(p, public, &w);
    if (whole)
        format_parts(p, &w);
    jsonw_object_end(&w);
}

void plan_format(const struct plan *p, struct str *out)
{
    format_plan(p, false, true, out);
}

void plan_format_public(const struct plan *p, struct str *out)
{
    format_plan(p, true, true, out);
}

void fields_format_core(const struct plan *p, struct str *out)
{
    format_plan(p, false, false, out);
}
