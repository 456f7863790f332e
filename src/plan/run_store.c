/* Plans in the store: reading them, and what people left for them. */
#include "plan/fields.h"
#include "plan/run_internal.h"

#include "base/must.h"

#include <time.h>

const char *run_name(char name[static RUN_NAME_MAX], const char *prefix, const char *id)
{
    snprintf(name, RUN_NAME_MAX, "%s/%s", prefix, id);
    return name;
}

int64_t run_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- ids ----------------------------------------------------------------------------------- */

struct ids {
    unsigned count;
    char first[RUN_ID_LEN + 1];
    char second[RUN_ID_LEN + 1];
};

static int take_id(void *ctx, const struct store_item *item, struct err *err)
{
    struct ids *ids = ctx;
    snprintf(ids->count ? ids->second : ids->first, sizeof ids->first, "%s", item->sort);
    return ++ids->count == 2;
}

int run_find_id(struct store *s, const char *id, char out[static RUN_NAME_MAX], struct err *err)
{
    char prefix[RUN_ID_LEN + 1];
    const char *letters = strncmp(id, "p-", 2) == 0 ? id + 2 : id;
    struct ids ids = {0};
    size_t n = strlen(letters);
    if (n > 0 && n <= RUN_ID_LEN - 2 && strspn(letters, RUN_ID_LETTERS) == n) {
        snprintf(prefix, sizeof prefix, "p-%.6s", letters);
        struct store_query query = {.partition = "plan", .prefix = prefix, .limit = 2};
        if (store_list(s, &query, take_id, &ids, err))
            return err_wrap(err, "plan '%s'", id);
    }
    if (ids.count == 0) {
        err_set(err, ERR_NOT_FOUND, "there is no plan '%.40s' in %s", id, store_where(s));
        return err_hint(err, "`toban plan list` shows the plans");
    }
    if (ids.count > 1) {
        err_set(err, ERR_USAGE, "plan '%s' may be %s or %s, among others", id, ids.first,
                ids.second);
        return err_hint(err, "write more of it; `toban plan list` shows the plans");
    }
    snprintf(out, RUN_NAME_MAX, "%s", ids.first);
    return 0;
}

/* --- what people left ---------------------------------------------------------------------- */

static int take_ask(void *ctx, const struct store_item *item, struct err *err)
{
    struct run_asks *asks = ctx;
    _cleanup_doc_ struct doc_file f = {0};
    if (doc_parse_json(&f, item->sort, item->body, NULL, err))
        return -1;
    const struct doc_node *root = f.parts[0].root, *at = doc_get(root, "at_ms");
    struct sv by = doc_get_string(root, "by");
    const char *who = mem_must(arena_dup(asks->arena, by.ptr ? by : SV("somebody")));
    if (strcmp(item->sort, "pause") == 0) {
        asks->pause_by = who;
    } else if (strncmp(item->sort, "answer/", 7) == 0) {
        const char *name = mem_must(arena_dup(asks->arena, sv_of(item->sort + 7)));
        struct run_answer answer = {
            .name = name,
            .by = who,
            .at_ms = at && at->type == DOC_INT ? at->integer : 0,
        };
        must_push(&asks->answers, answer);
    }
    return 0;
}

int run_list_asks(struct store *s, const char *id, struct run_asks *out, struct err *err)
{
    char partition[RUN_NAME_MAX];
    struct store_query query = {.partition = run_name(partition, "plan-ask", id)};
    return store_list(s, &query, take_ask, out, err);
}

void run_merge_answers(struct plan *p, const struct run_asks *asks)
{
    vec_foreach(answer, &asks->answers) {
        struct plan_step *step = plan_find_step(p, answer->name);
        if (step && !step->memory.approved_by) {
            step->memory.approved_by = mem_must(arena_dup(&p->arena, sv_of(answer->by)));
            step->memory.approved_ms = answer->at_ms;
        }
        vec_foreach(question, &p->questions) {
            if (question->answered_by || strcmp(question->name, answer->name) != 0)
                continue;
            question->answered_by = mem_must(arena_dup(&p->arena, sv_of(answer->by)));
            question->answered_ms = answer->at_ms;
        }
    }
}

/* --- loading ------------------------------------------------------------------------------- */

static int take_claims(struct plan *p, struct sv body, struct err *err)
{
    _cleanup_doc_ struct doc_file f = {0};
    if (doc_parse_json(&f, "claims", body, NULL, err))
        return -1;
    doc_each_item(claim, doc_get(f.parts[0].root, "claims"))
        must_push(&p->claims, mem_must(arena_dup(&p->arena, doc_string(claim))));
    return 0;
}

static int take_part(void *ctx, const struct store_item *item, struct err *err)
{
    struct plan *p = ctx;
    if (strcmp(item->sort, "claims") == 0)
        return take_claims(p, item->body, err);
    struct sv text = sv_n(mem_must(arena_dup(&p->arena, item->body)), item->body.len);
    if (strcmp(item->sort, "args") == 0)
        p->args = text;
    else if (strcmp(item->sort, "forecast") == 0)
        p->forecast = text;
    return 0;
}

static int load_core(struct store *s, const char *id, struct plan *out, uint64_t *version,
                     struct err *err)
{
    _cleanup_arena_ struct arena arena = {0};
    struct store_item item = {0};
    if (store_get(s, (struct store_key){"plan", id}, &arena, &item, err))
        return -1;
    *version = item.version;
    return plan_parse(item.body, out, err);
}

int run_load(struct store *s, const char *id, struct plan *out, uint64_t *version, struct err *err)
{
    char partition[RUN_NAME_MAX];
    struct store_query parts = {.partition = run_name(partition, "plan-part", id)};
    struct run_asks asks = {.arena = &out->arena};
    plan_init(out);
    int result = load_core(s, id, out, version, err) ||
                         store_list(s, &parts, take_part, out, err) ||
                         run_list_asks(s, id, &asks, err)
                     ? -1
                     : 0;
    if (result == 0)
        run_merge_answers(out, &asks);
    vec_release(&asks.answers);
    return result ? err_wrap(err, "plan '%s'", id) : 0;
}

int plan_load(struct store *s, const char *id, struct plan *out, struct err *err)
{
    char whole[RUN_NAME_MAX];
    uint64_t version = 0;
    plan_init(out);
    return run_find_id(s, id, whole, err) ? -1 : run_load(s, whole, out, &version, err);
}

struct id_list {
    VEC(char *) items;
};

static int take_time(void *ctx, const struct store_item *item, struct err *err)
{
    struct id_list *list = ctx;
    const char *slash = strchr(item->sort, '/');
    if (slash)
        must_push(&list->items, mem_must(strdup(slash + 1)));
    return 0;
}

static int each_plan(struct store *s, const char *id,
                     int (*each)(void *ctx, const struct plan *p, struct err *err), void *ctx,
                     struct err *err)
{
    _cleanup_plan_ struct plan p = {0};
    uint64_t version = 0;
    return run_load(s, id, &p, &version, err) ? -1 : each(ctx, &p, err);
}

int plan_each(struct store *s, int (*each)(void *ctx, const struct plan *p, struct err *err),
              void *ctx, struct err *err)
{
    struct id_list list = {0};
    struct store_query query = {.partition = "plan-time", .backwards = true};
    int result = store_list(s, &query, take_time, &list, err);
    vec_foreach(id, &list.items) {
        if (result == 0)
            result = each_plan(s, *id, each, ctx, err);
        free(*id);
    }
    vec_release(&list.items);
    return result < 0 ? -1 : 0;
}
