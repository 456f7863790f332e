#include "ops/replace/round_choice.h"

#include "base/jsonw.h"
#include "base/must.h"
#include "doc/doc.h"

#include <string.h>

#define CHOSEN "chosen"

static void recall_texts(const struct doc_node *root, const char *key, struct arena *a,
                         struct shape_texts *out)
{
    doc_each_item(item, doc_get(root, key))
        *(const char **)shape_list_add(out, sizeof(char *), a) =
            mem_must(arena_dup(a, doc_string(item)));
}

static void recall_choice(void *ctx, const struct plan_act *act)
{
    struct chosen *c = ctx;
    _cleanup_doc_ struct doc_file file = {0};
    struct err err;
    if (strcmp(act->key, CHOSEN) != 0 || doc_parse_json(&file, "act", act->data, NULL, &err) < 0)
        return;
    const struct doc_node *root = file.parts[0].root, *live = doc_get(root, "live");
    c->found = true;
    c->live = live && live->type == DOC_INT ? live->integer : 0;
    recall_texts(root, "unjoined", &c->k->arena, &c->unjoined);
    recall_texts(root, "names", &c->k->arena, &c->names);
    recall_texts(root, "machines", &c->k->arena, &c->machines);
}

static void write_texts(struct jsonw *w, const char *key, const struct shape_texts *texts)
{
    jsonw_key(w, key);
    jsonw_array(w);
    shape_each(t, texts)
        jsonw_str(w, *t);
    jsonw_array_end(w);
}

static int keep_choice(const struct chosen *c, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    jsonw_init(&w, &text, 0);
    jsonw_object(&w);
    jsonw_kv_int(&w, "live", c->live);
    write_texts(&w, "unjoined", &c->unjoined);
    write_texts(&w, "names", &c->names);
    write_texts(&w, "machines", &c->machines);
    jsonw_object_end(&w);
    const struct plan_act act = {CHOSEN, ACT_DONE, str_sv(&text)};
    return plan_record(c->k->run, c->k->step, &act, 1, err);
}

static void add_text(struct shape_texts *list, const char *text, struct arena *a)
{
    *(const char **)shape_list_add(list, sizeof(char *), a) = text;
}

/* As many as there are too many: those that have not joined, then the newest nodes. */
static void choose_of(struct chosen *c, const struct shape_texts *there,
                      const struct shape_texts *names, const struct shape_texts *machines)
{
    struct work *k = c->k;
    int64_t most = (int64_t)there->count - k->s.before;
    c->live = there->count;
    shape_each(m, there) {
        if (most <= (int64_t)c->machines.count || shape_has(machines, *m))
            continue;
        add_text(&c->unjoined, *m, &k->arena);
        add_text(&c->machines, *m, &k->arena);
    }
    for (uint32_t i = 0; i < names->count && most > (int64_t)c->machines.count; i++) {
        if (!shape_has(there, machines->items[i]))
            continue;
        add_text(&c->names, names->items[i], &k->arena);
        add_text(&c->machines, machines->items[i], &k->arena);
    }
}

enum plan_end round_choose(struct chosen *c, struct err *err)
{
    struct work *k = c->k;
    const struct replace_cloud *cloud = &k->host->cloud;
    struct shape_texts names = {0}, machines = {0};
    struct replace_machines there;
    while (cloud->newest(cloud->ctx, k->s.green, &k->arena, &names, &machines, err) < 0 ||
           cloud->machines(cloud->ctx, k->s.cluster, k->s.green, &k->arena, &there, err) < 0) {
        if (!work_comes_again(err))
            return PLAN_END_FAIL;
        err_clear(err);
        names = machines = (struct shape_texts){0};
        if (work_rest(k) < 0)
            return PLAN_END_PAUSE;
    }
    choose_of(c, &there.on, &names, &machines);
    return keep_choice(c, err) < 0 ? PLAN_END_FAIL : PLAN_END_OK;
}

void round_recall(struct work *k, struct chosen *c)
{
    *c = (struct chosen){.k = k};
    plan_acts_each(k->run, k->step, recall_choice, c);
}
