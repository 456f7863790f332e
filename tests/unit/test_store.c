/* What store.h promises, on any kind of store. */
#include "base/str.h"
#include "store_place.h"

#include "unit.h"

struct fixture {
    struct store_place place;
    struct store *store;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    store_place_init(&f->place);
    f->store = store_place_open(&f->place);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_free(f->store);
    store_place_release(&f->place);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static struct store_write put_of(const char *sort, const char *body)
{
    return (struct store_write){.key = {"p", sort}, .body = sv_of(body)};
}

/* Does it, and it works. */
static void must_write(struct store *s, const struct store_write *w, size_t count)
{
    struct err err = {0};
    size_t failed = 7;
    if (store_write(s, w, count, &failed, &err) < 0)
        fail_msg("%s", err.msg);
    assert_true(failed == STORE_NO_WRITE);
}

static void must_conflict(struct store *s, const struct store_write *w, size_t count, size_t at)
{
    struct err err = {0};
    size_t failed = 7;
    assert_int_equal(store_write(s, w, count, &failed, &err), -1);
    assert_int_equal(err.class, ERR_CONFLICT);
    assert_int_equal(failed, at);
    assert_non_null(strstr(err.msg, w[at].key.sort));
}

static void must_refuse(struct store *s, const struct store_write *w, size_t count,
                        enum err_class class)
{
    struct err err = {0};
    size_t failed = 7;
    assert_int_equal(store_write(s, w, count, &failed, &err), -1);
    assert_int_equal(err.class, class);
    assert_true(failed == STORE_NO_WRITE);
}

static struct store_item get(struct fixture *f, const char *sort)
{
    struct err err = {0};
    struct store_item item;
    if (store_get(f->store, (struct store_key){"p", sort}, &f->arena, &item, &err) < 0)
        fail_msg("%s", err.msg);
    return item;
}

static void items_come_back_as_they_were_put(void **state)
{
    struct fixture *f = *state;
    static const char bytes[] = "a\0b\xff\n";
    struct store_write w[] = {
        {.key = {"p", ""}, .body = {bytes, sizeof bytes - 1}, .fence = UINT64_MAX},
        {.key = {"p", "番/1"}, .body = SV("")},
        {.key = {"p", "none"}},
    };
    must_write(f->store, w, 3);
    struct store_item item = get(f, "");
    assert_string_equal(item.sort, "");
    assert_int_equal(item.body.len, sizeof bytes - 1);
    assert_memory_equal(item.body.ptr, bytes, sizeof bytes - 1);
    assert_true(item.fence == UINT64_MAX);
    assert_int_equal(item.version, 1);
    assert_string_equal(get(f, "番/1").sort, "番/1");
    assert_int_equal(get(f, "none").body.len, 0);
}

static void versions_count_the_puts(void **state)
{
    struct fixture *f = *state;
    struct store_write w = put_of("a", "x");
    for (uint64_t version = 1; version <= 3; version++) {
        must_write(f->store, &w, 1);
        assert_int_equal(get(f, "a").version, version);
    }
    struct store_write gone = {.act = STORE_DELETE, .key = {"p", "a"}};
    must_write(f->store, &gone, 1);
    must_write(f->store, &gone, 1);
    must_write(f->store, &w, 1);
    assert_int_equal(get(f, "a").version, 1);
}

static void conditions_hold_or_nothing_happens(void **state)
{
    struct fixture *f = *state;
    struct store_write w[3] = {put_of("a", "1"), put_of("b", "1"), put_of("c", "1")};
    w[0].fence = 9;
    must_write(f->store, w, 2);
    w[2].condition = STORE_AT_VERSION;
    w[2].expect = 0;
    must_conflict(f->store, w, 3, 2);
    w[1].condition = STORE_ABSENT;
    must_conflict(f->store, w, 3, 1);
    assert_int_equal(get(f, "a").version, 1);
    w[1].condition = STORE_AT_VERSION;
    w[1].expect = 1;
    w[2].condition = STORE_ABSENT;
    w[0].condition = STORE_AT_FENCE;
    w[0].expect = 8;
    must_conflict(f->store, w, 3, 0);
    w[0].expect = 9;
    must_write(f->store, w, 3);
    assert_int_equal(get(f, "a").version, 2);
    assert_int_equal(get(f, "c").version, 1);
}

static void checks_and_deletes_have_conditions_too(void **state)
{
    struct fixture *f = *state;
    store_place_put(f->store, "p", "a", "1");
    struct store_write w[2] = {
        {.act = STORE_CHECK, .condition = STORE_ABSENT, .key = {"p", "a"}},
        {.act = STORE_DELETE, .condition = STORE_AT_VERSION, .key = {"p", "b"}, .expect = 1},
    };
    must_conflict(f->store, w, 2, 0);
    w[0].condition = STORE_AT_FENCE; /* fence 0 of an item that is there */
    must_conflict(f->store, w, 2, 1);
    w[1].condition = STORE_ABSENT;
    must_write(f->store, w, 2);
    assert_int_equal(get(f, "a").version, 1);
    w[1] = (struct store_write){
        .act = STORE_DELETE, .condition = STORE_AT_VERSION, .key = {"p", "a"}, .expect = 1};
    must_write(f->store, &w[1], 1);
    assert_null(store_place_get(f->store, "p", "a", &f->arena));
    w[0].expect = 0; /* there is no fence where there is no item */
    must_conflict(f->store, w, 1, 0);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct fixture *f = *state;
    char key[STORE_KEY_MAX + 2];
    memset(key, 'k', sizeof key);
    key[STORE_KEY_MAX] = '\0';
    struct store_write w[STORE_WRITES_MAX + 1];
    char sorts[STORE_WRITES_MAX + 1][8];
    static char body[STORE_BODY_MAX + 1];
    for (size_t i = 0; i <= STORE_WRITES_MAX; i++) {
        snprintf(sorts[i], sizeof sorts[i], "%zu", i);
        w[i] = put_of(sorts[i], "x");
    }
    must_refuse(f->store, w, STORE_WRITES_MAX + 1, ERR_LIMIT);
    must_write(f->store, w, STORE_WRITES_MAX);
    w[0].key.sort = key;
    w[1].body = sv_n(body, STORE_BODY_MAX);
    must_write(f->store, w, 2);
    assert_int_equal(get(f, "1").body.len, STORE_BODY_MAX);
    for (size_t i = 0; i <= STORE_TRANSACTION_MAX / STORE_BODY_MAX; i++)
        w[i].body = sv_n(body, STORE_BODY_MAX);
    must_refuse(f->store, w, STORE_TRANSACTION_MAX / STORE_BODY_MAX + 1, ERR_LIMIT);
    w[1].body = sv_n(body, STORE_BODY_MAX + 1);
    must_refuse(f->store, w + 1, 1, ERR_LIMIT);
    key[STORE_KEY_MAX] = 'k';
    key[STORE_KEY_MAX + 1] = '\0';
    must_refuse(f->store, w, 1, ERR_LIMIT);
    must_refuse(f->store, &(struct store_write){.key = {"p", "\xc3("}}, 1, ERR_INPUT);
    must_refuse(f->store, &(struct store_write){.key = {"", "a"}}, 1, ERR_BUG);
    must_refuse(f->store, (struct store_write[]){put_of("a", ""), put_of("a", "")}, 2, ERR_BUG);
    assert_null(store_place_get(f->store, "p", "a", &f->arena));
}

struct listing {
    struct str text;
    unsigned stop_after, seen;
    int stop_with;
};

static int collect(void *ctx, const struct store_item *item, struct err *err)
{
    struct listing *l = ctx;
    str_addf(&l->text, "%s ", item->sort);
    if (++l->seen == l->stop_after)
        return l->stop_with < 0 ? err_set(err, ERR_BUG, "enough") : l->stop_with;
    return 0;
}

static void must_list(struct store *s, struct store_query q, const char *want)
{
    struct err err = {0};
    struct listing l = {0};
    q.partition = "p";
    if (store_list(s, &q, collect, &l, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(str_c(&l.text), want);
    str_release(&l.text);
}

static void lists_are_in_order_of_bytes(void **state)
{
    struct fixture *f = *state;
    static const char *const sorts[] = {"b", "a", "a/2", "a/10", "a/1", "é", "a0", "A", "", "a/é"};
    for (size_t i = 0; i < ARRAY_LEN(sorts); i++)
        store_place_put(f->store, "p", sorts[i], "x");
    store_place_put(f->store, "pp", "z", "x");
    store_place_put(f->store, "o", "z", "x");
    struct store *s = f->store;
    must_list(s, (struct store_query){0}, " A a a/1 a/10 a/2 a/é a0 b é ");
    must_list(s, (struct store_query){.backwards = true}, "é b a0 a/é a/2 a/10 a/1 a A  ");
    must_list(s, (struct store_query){.prefix = "a/"}, "a/1 a/10 a/2 a/é ");
    must_list(s, (struct store_query){.prefix = "a/", .backwards = true}, "a/é a/2 a/10 a/1 ");
    must_list(s, (struct store_query){.prefix = "a/", .after = "a/10"}, "a/2 a/é ");
    must_list(s, (struct store_query){.prefix = "a/", .after = "a/10", .backwards = true}, "a/1 ");
    must_list(s, (struct store_query){.prefix = "a/", .after = "A"}, "a/1 a/10 a/2 a/é ");
    must_list(s, (struct store_query){.prefix = "a/", .after = "b"}, "");
    must_list(s, (struct store_query){.prefix = "a/", .after = "b", .backwards = true, .limit = 1},
              "a/é ");
    must_list(s, (struct store_query){.after = ""}, "A a a/1 a/10 a/2 a/é a0 b é ");
    must_list(s, (struct store_query){.limit = 3}, " A a ");
    must_list(s, (struct store_query){.prefix = "zz"}, "");
}

static void a_list_ends_when_it_is_told_to(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct listing l = {.stop_after = 2, .stop_with = 1};
    for (const char *c = "a\0b\0c\0"; *c; c += 2)
        store_place_put(f->store, "p", c, "x");
    struct store_query q = {.partition = "p"};
    assert_int_equal(store_list(f->store, &q, collect, &l, &err), 0);
    assert_string_equal(str_c(&l.text), "a b ");
    l.seen = 0;
    l.stop_with = -1;
    assert_int_equal(store_list(f->store, &q, collect, &l, &err), -1);
    assert_string_equal(err.msg, "enough");
    /* It left nothing behind that would hold up a writer. */
    store_place_put(f->store, "p", "d", "x");
    str_release(&l.text);
}

static void what_one_writes_another_reads(void **state)
{
    struct fixture *f = *state;
    _cleanup_store_ struct store *other = store_place_open(&f->place);
    struct store_write w = put_of("a", "1");
    for (unsigned i = 0; i < 20; i++) {
        w.condition = i ? STORE_AT_VERSION : STORE_ABSENT;
        w.expect = i;
        must_write(i % 2 ? other : f->store, &w, 1);
        must_conflict(i % 2 ? f->store : other, &w, 1, 0);
    }
    assert_int_equal(get(f, "a").version, 20);
}

static void a_store_for_looking_is_not_written(void **state)
{
    struct fixture *f = *state;
    struct err err = {0};
    struct store *look;
    store_place_put(f->store, "p", "a", "1");
    assert_int_equal(store_open_to_read(f->place.where, &look, &err), 0);
    assert_string_equal(store_place_get(look, "p", "a", &f->arena), "1");
    struct store_write w = put_of("a", "2");
    must_refuse(look, &w, 1, ERR_LOCAL);
    assert_int_equal(store_probe(look, &err), -1);
    must_write(f->store, &w, 1);
    assert_string_equal(store_place_get(look, "p", "a", &f->arena), "2");
    store_free(look);
}

static void what_was_kept_is_there_the_next_time(void **state)
{
    struct fixture *f = *state;
    store_place_put(f->store, "p", "a", "1");
    store_free(f->store);
    f->store = store_place_open(&f->place);
    assert_string_equal(store_place_get(f->store, "p", "a", &f->arena), "1");
    struct err err = {0};
    assert_int_equal(store_probe(f->store, &err), 0);
    assert_int_equal(store_write(f->store, NULL, 0, NULL, &err), 0);
}

/* ---- against a model ---- */

#define KEYS 12

struct model_item {
    bool there;
    uint64_t version, fence;
    uint32_t body;
};

static const char *const model_sorts[KEYS] = {"",   "a", "a/",  "a/1",   "a/10", "a/2",
                                              "a0", "b", "b/é", "b/é/z", "c",    "ζ"};

static uint32_t pick(uint32_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

static bool model_allows(const struct model_item *m, const struct store_write *w)
{
    switch (w->condition) {
    case STORE_ANYHOW:
        return true;
    case STORE_ABSENT:
        return !m->there;
    case STORE_AT_VERSION:
        return m->there && m->version == w->expect;
    case STORE_AT_FENCE:
        return m->there && m->fence == w->expect;
    }
    return false;
}

static void model_do(struct model_item *m, const struct store_write *w)
{
    if (w->act == STORE_DELETE)
        *m = (struct model_item){0};
    if (w->act != STORE_PUT)
        return;
    m->version = m->there ? m->version + 1 : 1;
    m->there = true;
    m->fence = w->fence;
    memcpy(&m->body, w->body.ptr, sizeof m->body);
}

/* A transaction of some keys, most of its conditions such that they hold. */
static void model_step(struct store *s, struct model_item *model, uint32_t *seed)
{
    struct store_write w[KEYS];
    uint32_t bodies[KEYS];
    size_t keys[KEYS], count = 1 + pick(seed, 5), expect = STORE_NO_WRITE, failed;
    uint32_t first = pick(seed, KEYS);
    for (size_t i = 0; i < count; i++) {
        keys[i] = (first + i * 5) % KEYS;
        const struct model_item *m = &model[keys[i]];
        bodies[i] = pick(seed, UINT32_MAX);
        w[i] = (struct store_write){
            .act = (enum store_act)pick(seed, 3),
            .condition = (enum store_condition)pick(seed, 4),
            .key = {"p", model_sorts[keys[i]]},
            .body = sv_n((const char *)&bodies[i], sizeof bodies[i]),
            .fence = pick(seed, 3),
        };
        w[i].expect = w[i].condition == STORE_AT_FENCE ? m->fence : m->version;
        if (pick(seed, 12) == 0)
            w[i].expect++;
        if (!m->there && w[i].condition >= STORE_AT_VERSION && pick(seed, 8))
            w[i].condition = STORE_ABSENT;
        else if (m->there && w[i].condition == STORE_ABSENT && pick(seed, 8))
            w[i].condition = STORE_ANYHOW;
    }
    for (size_t i = count; i-- > 0;)
        if (!model_allows(&model[keys[i]], &w[i]))
            expect = i;
    struct err err = {0};
    int rc = store_write(s, w, count, &failed, &err);
    assert_int_equal(rc, expect == STORE_NO_WRITE ? 0 : -1);
    assert_true(failed == expect);
    assert_int_equal(err.class, rc ? ERR_CONFLICT : ERR_NONE);
    for (size_t i = 0; rc == 0 && i < count; i++)
        model_do(&model[keys[i]], &w[i]);
}

struct expected_list {
    const struct model_item *items[KEYS];
    const char *sorts[KEYS];
    size_t count, at;
};

static int compare_item(void *ctx, const struct store_item *item, struct err *err)
{
    struct expected_list *e = ctx;
    assert_true(e->at < e->count);
    const struct model_item *m = e->items[e->at];
    assert_string_equal(item->sort, e->sorts[e->at++]);
    assert_true(item->version == m->version && item->fence == m->fence);
    assert_int_equal(item->body.len, sizeof m->body);
    assert_memory_equal(item->body.ptr, &m->body, sizeof m->body);
    return 0;
}

static void model_list(struct store *s, const struct model_item *model, uint32_t *seed)
{
    struct expected_list e = {0};
    struct err err = {0};
    struct store_query q = {.partition = "p", .backwards = pick(seed, 2)};
    q.prefix = pick(seed, 2) ? model_sorts[pick(seed, KEYS)] : NULL;
    q.after = pick(seed, 2) ? model_sorts[pick(seed, KEYS)] : NULL;
    q.limit = pick(seed, 2) ? pick(seed, KEYS) : 0;
    for (size_t i = 0; i < KEYS; i++) {
        size_t k = q.backwards ? KEYS - 1 - i : i;
        int order = q.after ? strcmp(model_sorts[k], q.after) : 0;
        if (!model[k].there || (q.prefix && !sv_starts(sv_of(model_sorts[k]), q.prefix)) ||
            (q.after && (q.backwards ? order >= 0 : order <= 0)) || (q.limit && e.count == q.limit))
            continue;
        e.items[e.count] = &model[k];
        e.sorts[e.count++] = model_sorts[k];
    }
    if (store_list(s, &q, compare_item, &e, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(e.at, e.count);
}

/* Two handles in turns: what one did binds the other. */
static void it_does_what_the_model_does(void **state)
{
    struct fixture *f = *state;
    struct model_item model[KEYS] = {0};
    _cleanup_store_ struct store *other = store_place_open(&f->place);
    uint32_t seed = 20261123;
    for (unsigned step = 0; step < 400; step++) {
        struct store *s = pick(&seed, 2) ? other : f->store;
        model_step(s, model, &seed);
        model_list(s == other ? f->store : other, model, &seed);
    }
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(items_come_back_as_they_were_put),
        STORE_TEST(versions_count_the_puts),
        STORE_TEST(conditions_hold_or_nothing_happens),
        STORE_TEST(checks_and_deletes_have_conditions_too),
        STORE_TEST(what_does_not_fit_is_refused),
        STORE_TEST(lists_are_in_order_of_bytes),
        STORE_TEST(a_list_ends_when_it_is_told_to),
        STORE_TEST(what_one_writes_another_reads),
        STORE_TEST(a_store_for_looking_is_not_written),
        STORE_TEST(what_was_kept_is_there_the_next_time),
        STORE_TEST(it_does_what_the_model_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
