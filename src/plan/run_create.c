/* New plans, and what they claim. */
#include "plan/fields.h"
#include "plan/run_internal.h"

#include "base/must.h"

#include <inttypes.h>
#include <sys/random.h>

#define TRIES 100 /* against others who make plans for the same cluster at the same time */

/* --- claims of others ---------------------------------------------------------------------- */

static int find_rival(void *ctx, const struct store_item *item, struct err *err)
{
    const struct map *mine = ctx;
    _cleanup_doc_ struct doc_file f = {0};
    if (strncmp(item->sort, "plan/", 5) != 0)
        return 0;
    if (doc_parse_json(&f, "claims", item->body, NULL, err))
        return -1;
    const struct doc_node *root = f.parts[0].root;
    doc_each_item(node, doc_get(root, "claims")) {
        struct sv claim = doc_string(node);
        if (!map_get(mine, claim))
            continue;
        struct sv title = doc_get_string(root, "title"), by = doc_get_string(root, "made_by");
        err_set(err, ERR_CONFLICT, "'%.*s' is claimed by plan %s (%.*s), made by %.*s",
                SV_ARG(claim), item->sort + 5, SV_ARG(title), SV_ARG(by));
        return err_hint(err,
                        "`toban plan show %s` tells how far it is; finish it, roll it back or "
                        "abort it first",
                        item->sort + 5);
    }
    return 0;
}

static int check_rivals(struct store *s, const struct plan *p, const char *partition,
                        struct err *err)
{
    struct map mine = {0};
    struct store_query query = {.partition = partition};
    vec_foreach(claim, &p->claims)
        if (!map_put(&mine, sv_of(*claim), (void *)*claim))
            must_fail_nomem();
    int result = store_list(s, &query, find_rival, &mine, err);
    map_release(&mine);
    return result;
}

/* --- what is written ----------------------------------------------------------------------- */

struct making {
    struct plan *plan;
    char claims[STORE_KEY_MAX];
    char claims_sort[RUN_NAME_MAX], part[RUN_NAME_MAX], time[RUN_NAME_MAX + 16];
    struct str core, claims_text;
    struct store_write writes[8];
    size_t count;
};

static void making_release(struct making *m)
{
    str_release(&m->core);
    str_release(&m->claims_text);
}

static void add_write(struct making *m, const char *partition, const char *sort, struct sv body)
{
    m->writes[m->count++] = (struct store_write){
        .act = STORE_PUT, .condition = STORE_ABSENT, .key = {partition, sort}, .body = body};
}

static void format_claims(const struct plan *p, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "title", p->title);
    jsonw_kv_str(&w, "made_by", p->made_by);
    jsonw_key(&w, "claims");
    jsonw_array(&w);
    vec_foreach(claim, &p->claims)
        jsonw_str(&w, *claim);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
}

static int check_size(const char *what, struct sv text, struct err *err)
{
    if (text.len <= STORE_BODY_MAX)
        return 0;
    return err_set(err, ERR_LIMIT,
                   "the %s of the plan would take %zu bytes, at most %zu can be kept", what,
                   text.len, STORE_BODY_MAX);
}

static int check_sizes(const struct making *m, struct err *err)
{
    return check_size("steps", str_sv(&m->core), err) ||
                   check_size("claims", str_sv(&m->claims_text), err) ||
                   check_size("arguments", m->plan->args, err) ||
                   check_size("forecast", m->plan->forecast, err)
               ? -1
               : 0;
}

size_t run_claims_delete(const struct plan *p, char partition[static STORE_KEY_MAX],
                         char sort[static RUN_NAME_MAX], struct store_write *out)
{
    if (!p->claims.len)
        return 0;
    snprintf(partition, STORE_KEY_MAX, "claims/%s", p->cluster_id ? p->cluster_id : "");
    *out = (struct store_write){.act = STORE_DELETE,
                                .key = {partition, run_name(sort, "plan", p->id)}};
    return 1;
}

/* Whoever takes claims makes the head's version one higher, so of two who looked at the same claims
 * of others only one can write. */
static int add_claims(struct making *m, struct store *s, struct err *err)
{
    _cleanup_arena_ struct arena arena = {0};
    struct store_item head = {0};
    struct err why = {0};
    if (!m->plan->claims.len)
        return 0;
    bool has_head = store_get(s, (struct store_key){m->claims, "head"}, &arena, &head, &why) == 0;
    if (!has_head && why.class != ERR_NOT_FOUND) {
        if (err)
            *err = why;
        return -1;
    }
    if (check_rivals(s, m->plan, m->claims, err))
        return -1;
    add_write(m, m->claims, "head", SV("{}"));
    if (has_head) {
        m->writes[0].condition = STORE_AT_VERSION;
        m->writes[0].expect = head.version;
    }
    add_write(m, m->claims, run_name(m->claims_sort, "plan", m->plan->id), str_sv(&m->claims_text));
    return 0;
}

static void add_plan(struct making *m)
{
    const struct plan *p = m->plan;
    snprintf(m->time, sizeof m->time, "%013" PRId64 "/%s", p->made_ms, p->id);
    run_name(m->part, "plan-part", p->id);
    add_write(m, "plan", p->id, str_sv(&m->core));
    add_write(m, "plan-time", m->time, SV("{}"));
    if (p->args.ptr)
        add_write(m, m->part, "args", p->args);
    if (p->forecast.ptr)
        add_write(m, m->part, "forecast", p->forecast);
    if (p->claims.len)
        add_write(m, m->part, "claims", str_sv(&m->claims_text));
}

/* --- making one ---------------------------------------------------------------------------- */

static int make_id(struct plan *p, struct err *err)
{
    unsigned char bytes[RUN_ID_LEN - 2];
    char id[RUN_ID_LEN + 1] = "p-";
    for (size_t i = 0; i < sizeof bytes;) {
        if (getrandom(&bytes[i], 1, 0) != 1)
            return err_set(err, ERR_LOCAL, "the system has no random numbers for a plan's id");
        /* 240 is the largest multiple of 30 in a byte: each letter is as likely as any other. */
        if (bytes[i] < 240)
            id[2 + i] = RUN_ID_LETTERS[bytes[i] % 30], i++;
    }
    p->id = mem_must(arena_dup(&p->arena, sv_of(id)));
    return 0;
}

static void note_made(const struct plan *p, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "kind", p->kind);
    jsonw_kv_str(&w, "title", p->title);
    jsonw_kv_str(&w, "cluster", p->cluster);
    jsonw_kv_str(&w, "cluster_id", p->cluster_id);
    jsonw_kv_int(&w, "steps", (long long)p->steps.len);
    jsonw_key(&w, "accepted");
    jsonw_array(&w);
    vec_foreach(risk, &p->accepted)
        jsonw_str(&w, *risk);
    jsonw_array_end(&w);
    jsonw_object_end(&w);
}

/* 1: somebody was faster, try again. */
static int try_create(struct store *s, struct plan *p, const char *actor, struct err *err)
{
    _cleanup_(making_release) struct making m = {.plan = p};
    _cleanup_str_ struct str data = {0};
    char subject[RUN_NAME_MAX];
    struct err why = {0};
    if (make_id(p, err))
        return -1;
    snprintf(m.claims, sizeof m.claims, "claims/%s", p->cluster_id ? p->cluster_id : "");
    fields_format_core(p, &m.core);
    format_claims(p, &m.claims_text);
    note_made(p, &data);
    if (!str_ok(&m.core) || !str_ok(&m.claims_text) || !str_ok(&data))
        return err_nomem(err, "plan");
    if (check_sizes(&m, err) || add_claims(&m, s, err))
        return -1;
    add_plan(&m);
    struct journal_note note = {.kind = "plan.made",
                                .subject = run_name(subject, "plan", p->id),
                                .actor = actor,
                                .at_ms = p->made_ms,
                                .data = str_sv(&data)};
    if (journal_append(s, &note, 1, m.writes, m.count, NULL, &why) == 0)
        return 0;
    if (err)
        *err = why;
    return why.class == ERR_CONFLICT ? 1 : -1;
}

/* A plan that could not be read back must not be made. */
static int check_plan(const struct plan *p, struct err *err)
{
    _cleanup_str_ struct str text = {0};
    _cleanup_plan_ struct plan copy = {0};
    str_init(&text, PLAN_TEXT_MAX);
    plan_format(p, &text);
    if (!str_ok(&text))
        return err_set(err, ERR_LIMIT, "the plan would take more than %zu bytes", PLAN_TEXT_MAX);
    return plan_parse(str_sv(&text), &copy, err);
}

int plan_create(struct store *s, struct plan *p, const char *actor, struct err *err)
{
    if (!p->made_by)
        p->made_by = mem_must(arena_dup(&p->arena, sv_of(actor)));
    if (!p->made_ms)
        p->made_ms = run_now_ms();
    if (check_plan(p, err))
        return -1;
    for (unsigned i = 0; i < TRIES; i++) {
        int result = try_create(s, p, actor, err);
        if (result <= 0)
            return result;
    }
    return err_wrap(err, "cannot keep the plan, others make plans all the time");
}
