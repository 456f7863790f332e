#include "cmd/journal_print.h"

#include "base/jsonw.h"
#include "base/timestamp.h"
#include "doc/pull.h"

void journal_print_begin(struct columns *c)
{
    static const char *const titles[] = {"ENTRY", "TIME (UTC)", "WHO", "WHAT", "ABOUT", "DATA"};
    c->count = ARRAY_LEN(titles);
    for (size_t i = 0; i < c->count; i++)
        columns_add(c, titles[i]);
}

/* "pod=shop/cart-1 tries=[1,2]": as the entry says it, without quotes around texts. */
static void add_data(struct columns *c, struct sv data)
{
    _cleanup_arena_ struct arena a = {0};
    _cleanup_str_ struct str text = {0};
    struct pull p;
    struct sv key, value;
    pull_init(&p, data, &a);
    if (pull_map(&p))
        while (pull_key(&p, &key)) {
            bool has =
                pull_peek(&p) == PULL_STRING ? pull_string(&p, &value) : pull_raw(&p, &value);
            if (has)
                str_addf(&text, "%s%.*s=%.*s", text.len ? " " : "", SV_ARG(key), SV_ARG(value));
        }
    columns_add(c, str_c(&text));
}

void journal_print_entry(struct columns *c, const struct journal_entry *e)
{
    char at[TIMESTAMP_TEXT_MAX];
    timestamp_format(e->at_ms / 1000, at);
    columns_addf(c, "%llu", (unsigned long long)e->seq);
    columns_addf(c, "%.10s %.8s", at, at + strlen("2026-11-23T"));
    columns_add(c, e->actor);
    columns_add(c, e->kind);
    columns_add(c, e->subject);
    add_data(c, e->data);
}

static void add_faults(const struct journal_proof *p, struct str *out)
{
    _cleanup_columns_ struct columns c = {.count = 3};
    columns_add(&c, "ENTRY");
    columns_add(&c, "FAULT");
    columns_add(&c, "DETAIL");
    vec_foreach(f, &p->faults) {
        if (f->seq)
            columns_addf(&c, "%llu", (unsigned long long)f->seq);
        else
            columns_add(&c, "-");
        columns_add(&c, f->what);
        columns_add(&c, f->detail);
    }
    columns_print(&c, out);
    if (p->fault_count > p->faults.len)
        str_addf(out, "and %llu more\n", (unsigned long long)(p->fault_count - p->faults.len));
    str_addc(out, '\n');
}

void journal_print_proof(const struct journal_proof *p, const char *source, struct str *out)
{
    if (p->fault_count)
        add_faults(p, out);
    str_addf(out, "%s: %llu entr%s", source, (unsigned long long)p->entries,
             p->entries == 1 ? "y" : "ies");
    if (p->fault_count)
        str_addf(out, ", %llu fault%s\n", (unsigned long long)p->fault_count,
                 p->fault_count == 1 ? "" : "s");
    else if (p->filtered)
        str_adds(out, ", each is whole; an export of some entries does not show what lies between "
                      "them\n");
    else
        str_adds(out, ", the chain is whole\n");
    str_addf(out, "head %s\n", p->head);
}

void journal_print_proof_json(const struct journal_proof *p, const char *source, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.journal-verify/v1");
    jsonw_kv_str(&w, "source", source);
    jsonw_kv_int(&w, "entries", (long long)p->entries);
    jsonw_kv_str(&w, "head", p->head);
    jsonw_kv_bool(&w, "filtered", p->filtered);
    jsonw_kv_int(&w, "fault_count", (long long)p->fault_count);
    jsonw_key(&w, "faults");
    jsonw_array(&w);
    vec_foreach(f, &p->faults) {
        jsonw_object(&w);
        jsonw_kv_int(&w, "entry", (long long)f->seq);
        jsonw_kv_str(&w, "fault", f->what);
        jsonw_kv_str(&w, "detail", f->detail);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    str_addc(out, '\n');
}
