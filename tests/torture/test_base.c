/* What base/ promises when memory runs out: nothing is lost, nothing is half done, and somebody
 * says so. */
#include "torture.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/map.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int wrong(struct err *err)
{
    alloc_disarm();
    fail_msg("a result that was reported as good is wrong");
    return err_set(err, ERR_BUG, "wrong");
}

static int fill_str(struct err *err)
{
    _cleanup_str_ struct str s = {0};
    str_init(&s, 0);
    for (int i = 0; i < 200; i++)
        str_addf(&s, "%d,", i);
    str_fill(&s, 'x', 5000);
    if (!str_ok(&s))
        return err_nomem(err, "filling a string");
    bool good = s.len == 10 * 2 + 90 * 3 + 100 * 4 + 5000 && s.data[s.len] == '\0';
    _cleanup_free_ char *taken = str_steal(&s);
    if (!taken)
        return err_nomem(err, "taking a string");
    return good && strncmp(taken, "0,1,2,", 6) == 0 ? 0 : wrong(err);
}

static int fill_vec(struct err *err)
{
    VEC(int) v = {0};
    bool full = true;
    for (int i = 0; full && i < 1000; i++)
        full = vec_push(&v, i);
    /* What was in before the failure is still in. */
    bool good = full ? v.len == 1000 : v.len < 1000;
    for (size_t i = 0; i < v.len; i++)
        good = good && v.items[i] == (int)i;
    vec_release(&v);
    if (!good)
        return wrong(err);
    return full ? 0 : err_nomem(err, "filling a vector");
}

static int fill_map(struct err *err)
{
    static char keys[500][8];
    struct map m = {0};
    size_t put = 0;
    for (; put < 500; put++) {
        snprintf(keys[put], sizeof keys[put], "k%zu", put);
        if (!map_put(&m, sv_of(keys[put]), keys[put]))
            break;
    }
    bool good = m.len == put;
    for (size_t i = 0; i < 500; i++)
        good = good && (i >= put || map_get(&m, sv_of(keys[i])) == keys[i]);
    map_release(&m);
    if (!good)
        return wrong(err);
    return put == 500 ? 0 : err_nomem(err, "filling a map");
}

static int fill_arena(struct err *err)
{
    _cleanup_arena_ struct arena a = {0};
    for (int i = 0; i < 300; i++) {
        const char *text = arena_fmt(&a, "item %d", i);
        const char *bytes = arena_alloc_n(&a, (size_t)i, 97);
        if (!text || !bytes)
            return err_nomem(err, "filling an arena");
        for (size_t k = 0; k < (size_t)i * 97; k++) {
            if (bytes[k])
                return wrong(err);
        }
        char want[24];
        snprintf(want, sizeof want, "item %d", i);
        if (strcmp(text, want) != 0)
            return wrong(err);
    }
    return 0;
}

static int write_json(struct err *err)
{
    _cleanup_str_ struct str out = {0};
    struct jsonw w;
    jsonw_init(&w, &out, 2);
    jsonw_object(&w);
    for (int i = 0; i < 50; i++)
        jsonw_kv_str(&w, "key", "a \"quoted\"\n text");
    jsonw_object_end(&w);
    if (!str_ok(&out))
        return err_nomem(err, "writing JSON");
    return out.data[0] == '{' && out.data[out.len - 1] == '}' ? 0 : wrong(err);
}

static int wrap_text(struct err *err)
{
    _cleanup_str_ struct str out = {0};
    for (int i = 0; i < 40; i++)
        text_wrap(&out, SV("a few words that are wrapped at a narrow width"), 0, 2, 20);
    return str_ok(&out) ? 0 : err_nomem(err, "wrapping text");
}

static char scratch[] = "/tmp/toban-torture.XXXXXX";

/* The old content stays until the new one is whole. */
static int replace_file(struct err *err)
{
    _cleanup_str_ struct str before = {0};
    _cleanup_str_ struct str after = {0};
    struct sv text = SV("the new content\n");
    if (io_read_file(scratch, 1000, &before, err) != 0)
        return -1;
    if (io_write_atomic(scratch, text, err) != 0)
        return -1;
    if (io_read_file(scratch, 1000, &after, err) != 0)
        return -1;
    return after.len == text.len ? 0 : wrong(err);
}

static int run_program(struct err *err)
{
    const char *argv[] = {"/bin/sh", "-c", "cat; echo said >&2; exit 3", NULL};
    struct proc_spec spec = {.argv = argv, .input = SV("heard\n")};
    _cleanup_proc_ struct proc_result result = {0};
    if (proc_run(&spec, &result, err) != 0)
        return -1;
    if (result.exit_code != 3)
        return wrong(err);
    if (!str_ok(&result.out) || !str_ok(&result.err))
        return err_nomem(err, "keeping what a program said");
    return strcmp(str_c(&result.out), "heard\n") == 0 ? 0 : wrong(err);
}

static void test_strings(void **state)
{
    assert_true(torture(fill_str) > 3);
}

static void test_vectors(void **state)
{
    assert_true(torture(fill_vec) > 3);
}

static void test_maps(void **state)
{
    assert_true(torture(fill_map) > 3);
}

static void test_arenas(void **state)
{
    assert_true(torture(fill_arena) > 3);
}

static void test_json(void **state)
{
    assert_true(torture(write_json) > 3);
}

static void test_text(void **state)
{
    assert_true(torture(wrap_text) > 0);
}

static void test_files(void **state)
{
    int fd = mkstemp(scratch);
    assert_true(fd >= 0);
    assert_int_equal(io_write_all(fd, "old\n", 4), 0);
    close(fd);
    assert_true(torture(replace_file) > 0);
    unlink(scratch);
}

static void test_programs(void **state)
{
    assert_true(torture(run_program) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings), cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_maps),    cmocka_unit_test(test_arenas),
        cmocka_unit_test(test_json),    cmocka_unit_test(test_text),
        cmocka_unit_test(test_files),   cmocka_unit_test(test_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
