#include "world/apply.h"
#include "world/body.h"
#include "world/file.h"
#include "world_random.h"

#include "unit.h"

struct loaded {
    struct world w;
    struct cloud cloud;
};

static void loaded_release(struct loaded *l)
{
    world_release(&l->w);
    cloud_release(&l->cloud);
}

#define _cleanup_loaded_ _cleanup_(loaded_release)

static void make(struct loaded *l, struct world_random how)
{
    world_init(&l->w);
    cloud_init(&l->cloud);
    world_random_fill(&l->w, &how);
    cloud_random_fill(&l->cloud, how.seed);
}

static void save(const struct loaded *l, struct str *out)
{
    struct err err = {0};
    if (world_file_save(&l->w, &l->cloud, out, &err) < 0)
        fail_msg("%s", err.msg);
}

static void load(struct loaded *l, const struct str *bytes)
{
    struct err err = {0};
    world_init(&l->w);
    cloud_init(&l->cloud);
    if (world_file_load(&l->w, &l->cloud, "test.snap", str_sv(bytes), &err) < 0)
        fail_msg("%s", err.msg);
}

static void assert_equal_worlds(const struct world *a, const struct world *b)
{
    char why[512];
    if (!world_equal(a, b, why, sizeof why))
        fail_msg("%s", why);
}

static void what_is_saved_is_loaded(void **state)
{
    for (uint32_t seed = 1; seed <= 20; seed++) {
        _cleanup_loaded_ struct loaded a = {0}, b = {0};
        _cleanup_str_ struct str first = {0}, second = {0};
        make(&a, (struct world_random){.seed = seed});
        save(&a, &first);
        load(&b, &first);
        assert_equal_worlds(&a.w, &b.w);
        save(&b, &second);
        assert_true(sv_eq(str_sv(&first), str_sv(&second)));
        assert_string_equal(world_text(&b.w, b.w.source), world_text(&a.w, a.w.source));
        assert_int_equal(b.w.taken, a.w.taken);
        assert_int_equal(b.w.notes_dropped, 7);
        assert_int_equal(b.w.notes.len, 1);
        assert_int_equal(b.w.samples[TIMING_PULL].len, 3);
        assert_int_equal(b.w.samples[TIMING_PULL].items[2], 300 + TIMING_PULL);
    }
}

static void the_order_of_loading_does_not_matter(void **state)
{
    for (uint32_t shuffle = 1; shuffle <= 20; shuffle++) {
        _cleanup_loaded_ struct loaded a = {0}, b = {0};
        _cleanup_str_ struct str first = {0}, second = {0};
        make(&a, (struct world_random){.seed = 3});
        make(&b, (struct world_random){.seed = 3, .shuffle = shuffle});
        assert_int_not_equal(a.w.nodes.items[0].name, 0);
        assert_equal_worlds(&a.w, &b.w);
        save(&a, &first);
        save(&b, &second);
        assert_true(sv_eq(str_sv(&first), str_sv(&second)));
    }
}

/* Bytes between members hold anything; only gcc can tell them. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(x) __builtin_clear_padding(x)
#endif
#endif

#ifdef CLEAR_PADDING
/* Every byte that says something in `a` must say something in `b`: finds a member that the format
 * forgot. Texts have numbers below 256 in this world, so that the lowest byte of each is not zero;
 * bytes of pointers are not looked at. */
static bool is_pointer(const void *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word >> 44 >= 5 && word >> 44 <= 7; /* 6: what sanitizers hand out */
}

static void assert_all_kept(const char *what, const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0 && i + 8 <= size && is_pointer(x + i) && is_pointer(y + i))
            i += 7;
        else if (x[i] && !y[i] && (i % 4 == 0 || x[i] == 1))
            fail_msg("%s: byte %zu of %zu is lost", what, i, size);
    }
}

static uint32_t index_by_name(const struct world *w, uint32_t first, uint32_t step, uint32_t len,
                              const char *base, const char *name)
{
    for (uint32_t i = 0; i < len; i++)
        if (strcmp(world_text(w, *(const uint32_t *)(base + i * step + first)), name) == 0)
            return i;
    fail_msg("'%s' is not there", name);
    return 0;
}

#define KEPT(list, type)                                                                           \
    do {                                                                                           \
        for (uint32_t i_ = 0; i_ < a.w.list.len; i_++) {                                           \
            struct type item_ = a.w.list.items[i_];                                                \
            const char *name_ = world_text(&a.w, item_.name);                                      \
            uint32_t at_ = index_by_name(&b.w, offsetof(struct type, name), sizeof(struct type),   \
                                         (uint32_t)b.w.list.len, (char *)b.w.list.items, name_);   \
            CLEAR_PADDING(&item_);                                                                 \
            assert_all_kept(#list, &item_, &b.w.list.items[at_], sizeof item_);                    \
        }                                                                                          \
    } while (0)

static void pods_keep_all(const struct world *a, const struct world *b)
{
    for (uint32_t i = 0; i < a->pods.len; i++) {
        const struct world_pod *p = &a->pods.items[i];
        struct world_class c = *world_class_of(a, i);
        uint32_t at = world_find_pod(b, sv_of(world_text(a, c.ns)), sv_of(world_text(a, p->name)));
        const struct world_pod *q = &b->pods.items[at];
        assert_int_equal(p->phase, q->phase);
        assert_int_equal(p->ordinal, q->ordinal);
        assert_int_equal(p->created, q->created);
        assert_int_equal(p->scheduled, q->scheduled);
        assert_int_equal(p->started, q->started);
        assert_int_equal(p->ready_since, q->ready_since);
        assert_int_equal(p->deleting, q->deleting);
        assert_true(q->used && q->ready && q->mirror && q->foreign_owner && q->owner_gone);
        assert_int_not_equal(q->claim_count, 0);
        CLEAR_PADDING(&c);
        c.hash = 0;
        assert_all_kept("class", &c, world_class_of(b, at), sizeof c);
    }
}

static void no_member_is_forgotten(void **state)
{
    _cleanup_loaded_ struct loaded a = {0}, b = {0};
    _cleanup_str_ struct str bytes = {0};
    make(&a, (struct world_random){.seed = 5});
    assert_true(a.w.strings.texts.len < 256);
    save(&a, &bytes);
    load(&b, &bytes);
    KEPT(pdbs, world_pdb);
    KEPT(storage_classes, world_class_of_storage);
    KEPT(priority_classes, world_priority_class);
    KEPT(namespaces, world_namespace);
    KEPT(services, world_service);
    pods_keep_all(&a.w, &b.w);
    world_each_node(&a.w, n) {
        struct world_node m = a.w.nodes.items[n];
        uint32_t at = world_find_node(&b.w, sv_of(world_text(&a.w, m.name)));
        CLEAR_PADDING(&m);
        assert_int_equal(m.pod_count, b.w.nodes.items[at].pod_count);
        assert_all_kept("node", &m, &b.w.nodes.items[at], offsetof(struct world_node, pods));
    }
}
#endif

static void init_images_tell_classes_apart(void **state)
{
    _cleanup_loaded_ struct loaded a = {0}, b = {0};
    _cleanup_str_ struct str bytes = {0};
    make(&a, (struct world_random){.seed = 5});
    struct world_class c = a.w.classes.items[0];
    uint32_t *images = arena_new_n(&a.w.arena, uint32_t, 3);
    memcpy(images, c.images, 3 * sizeof *images);
    images[2] = strings_puts(&a.w.strings, "another");
    c.images = images;
    assert_int_not_equal(world_class_put(&a.w, &c), 0);
    a.w.pods.items[0].class = world_class_put(&a.w, &c);
    save(&a, &bytes);
    load(&b, &bytes);
    assert_equal_worlds(&a.w, &b.w);
}

static void cloud_comes_back(void **state)
{
    _cleanup_loaded_ struct loaded a = {0}, b = {0};
    _cleanup_str_ struct str bytes = {0};
    make(&a, (struct world_random){.seed = 2});
    save(&a, &bytes);
    load(&b, &bytes);
    const struct cloud_group *g = cloud_find_group(&b.cloud, "blue"), *h = &a.cloud.groups.items[0];
    assert_non_null(g);
    assert_string_equal(g->release, h->release);
    assert_null(g->launch_template);
    assert_string_equal(g->launch_template_version, "");
    assert_int_equal(g->min, -1);
    assert_int_equal(g->desired, h->desired);
    assert_string_equal(g->instance_types[1], "m5.xlarge");
    assert_string_equal(g->labels[1].key, "empty");
    assert_string_equal(g->taints[0].effect, "NoSchedule");
    assert_int_equal(cloud_find_subnet(&b.cloud, "subnet-1")->free_ips, 200);
    assert_int_equal(b.cloud.instance_types.items[0].memory_mib, 8192);
    assert_int_equal(b.cloud.target_groups.items[0].healthy, 3);
    assert_string_equal(b.cloud.instances.items[0].group, "blue");
    assert_int_equal(b.cloud.launch_templates.items[0].block_devices, 2);
}

static void differences_are_named(void **state)
{
    _cleanup_loaded_ struct loaded a = {0}, b = {0};
    char why[512];
    make(&a, (struct world_random){.seed = 4});
    make(&b, (struct world_random){.seed = 4, .shuffle = 2});
    uint32_t n = world_find_node(&b.w, SV("node-1"));
    b.w.nodes.items[n].max_pods++;
    assert_false(world_equal(&a.w, &b.w, why, sizeof why));
    assert_string_equal(why, "Node node-1: max_pods differs");
    b.w.nodes.items[n].max_pods--;
    uint32_t p = world_find_pod(&b.w, SV("ns-0"), SV("pod-0"));
    struct world_class other = *world_class_of(&b.w, p);
    other.grace_s += 100;
    b.w.pods.items[p].class = world_class_put(&b.w, &other);
    assert_false(world_equal(&a.w, &b.w, why, sizeof why));
    assert_string_equal(why, "Pod ns-0/pod-0: class: grace_s differs");
    world_pod_remove(&b.w, p);
    assert_false(world_equal(&a.w, &b.w, why, sizeof why));
    assert_string_equal(why, "Pod ns-0/pod-0 is in the first world only");
    assert_false(world_equal(&b.w, &a.w, why, sizeof why));
    assert_string_equal(why, "Pod ns-0/pod-0 is in the second world only");
}

/* ---- what was spoilt ---- */

static void refused(struct sv bytes, struct err *err)
{
    _cleanup_loaded_ struct loaded l = {0};
    world_init(&l.w);
    *err = (struct err){0};
    assert_int_equal(world_file_load(&l.w, &l.cloud, "test.snap", bytes, err), -1);
    assert_true(sv_starts(sv_of(err->msg), "test.snap: "));
}

static void cut_off_anywhere_is_refused(void **state)
{
    _cleanup_loaded_ struct loaded a = {0};
    _cleanup_str_ struct str bytes = {0};
    struct err err;
    make(&a, (struct world_random){.seed = 1});
    save(&a, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        refused(sv_n(bytes.data, len), &err);
        const char *said = len < 8 ? "is no snapshot of toban" : "is cut off";
        if (!sv_has(sv_of(err.msg), said))
            fail_msg("cut at %zu: %s", len, err.msg);
        assert_true(*err.hint);
    }
    str_addc(&bytes, 'x');
    refused(str_sv(&bytes), &err);
    assert_string_equal(err.msg, "test.snap: has 1 bytes too many at its end");
}

static void a_changed_byte_is_refused(void **state)
{
    _cleanup_loaded_ struct loaded a = {0};
    _cleanup_str_ struct str bytes = {0};
    struct err err;
    make(&a, (struct world_random){.seed = 1});
    save(&a, &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] ^= 0x10;
        refused(str_sv(&bytes), &err);
        if (i >= 32 && !sv_has(sv_of(err.msg), "was altered after it was written"))
            fail_msg("byte %zu: %s", i, err.msg);
        bytes.data[i] ^= 0x10;
    }
}

static void other_versions_are_named(void **state)
{
    _cleanup_loaded_ struct loaded a = {0};
    _cleanup_str_ struct str bytes = {0};
    struct err err;
    make(&a, (struct world_random){.seed = 1});
    save(&a, &bytes);
    bytes.data[8] = 9;
    refused(str_sv(&bytes), &err);
    assert_true(sv_has(sv_of(err.msg), "is a snapshot of format 9, this toban"));
    assert_true(sv_has(sv_of(err.msg), "reads format 1"));
    assert_true(sv_has(sv_of(err.hint), "toban snapshot -o FILE"));
}

/* ---- what is inside ---- */

static int read_body(const struct str *body, struct err *err)
{
    _cleanup_loaded_ struct loaded l = {0};
    world_init(&l.w);
    *err = (struct err){0};
    return body_read(&l.w, &l.cloud, str_sv(body), err);
}

static void write_body(struct str *body)
{
    _cleanup_loaded_ struct loaded a = {0};
    struct err err = {0};
    make(&a, (struct world_random){.seed = 1});
    assert_int_equal(body_write(&a.w, &a.cloud, body, &err), 0);
}

/* As if the checksum were right: whatever a body says, it is read or refused, never believed. The
 * sanitizers of CI watch what happens. */
static void a_wrong_body_does_no_harm(void **state)
{
    _cleanup_str_ struct str body = {0};
    struct err err;
    size_t refusals = 0;
    write_body(&body);
    assert_int_equal(read_body(&body, &err), 0);
    for (size_t i = 0; i < body.len; i++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            body.data[i] ^= (char)(1 << bit);
            refusals += read_body(&body, &err) < 0;
            body.data[i] ^= (char)(1 << bit);
        }
    }
    assert_true(refusals > body.len / 10);
    for (size_t len = 0, whole = body.len; len < whole; len++) {
        body.len = len;
        int result = read_body(&body, &err);
        body.len = whole;
        /* Without the cloud, which may be left out, it is whole too. */
        if (result == 0)
            assert_memory_equal(body.data + len, "CLOU", 4);
    }
}

static void unknown_sections(void **state)
{
    _cleanup_str_ struct str body = {0}, front = {0};
    struct err err;
    write_body(&body);
    str_add(&front, "NEW!\1\3abc", 9);
    str_addv(&front, str_sv(&body));
    str_add(&front, "NEW!\1\0", 6);
    assert_int_equal(read_body(&front, &err), 0);
    str_add(&body, "NEW!\0\3abc", 9);
    assert_int_equal(read_body(&body, &err), -1);
    assert_string_equal(err.msg, "section NEW!: is not known to this program");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(the_order_of_loading_does_not_matter),
#ifdef CLEAR_PADDING
        cmocka_unit_test(no_member_is_forgotten),
#endif
        cmocka_unit_test(init_images_tell_classes_apart),
        cmocka_unit_test(cloud_comes_back),
        cmocka_unit_test(differences_are_named),
        cmocka_unit_test(cut_off_anywhere_is_refused),
        cmocka_unit_test(a_changed_byte_is_refused),
        cmocka_unit_test(other_versions_are_named),
        cmocka_unit_test(a_wrong_body_does_no_harm),
        cmocka_unit_test(unknown_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
