#include "base/arena.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "base/version.h"
#include "base/who.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static void err_wraps_from_the_outside(void **state)
{
    struct err e = {0};
    assert_int_equal(err_set(&e, ERR_INPUT, "line %d", 3), -1);
    err_wrap(&e, "file '%s'", "a.yaml");
    assert_string_equal(e.msg, "file 'a.yaml': line 3");
    assert_int_equal(e.class, ERR_INPUT);
}

static void err_cuts_at_a_character(void **state)
{
    struct err e = {0};
    char text[ERR_MSG_MAX + 8];
    memset(text, 'x', sizeof text);
    memcpy(text + ERR_MSG_MAX - 2, "\xE3\x81\x82", 3);
    text[sizeof text - 1] = '\0';
    err_set(&e, ERR_INPUT, "%s", text);
    assert_int_equal(strlen(e.msg), ERR_MSG_MAX - 2);
}

static void err_sys_takes_its_class_from_errno(void **state)
{
    struct err e = {0};
    err_sys(&e, ENOENT, "%s", "x");
    assert_int_equal(e.class, ERR_NOT_FOUND);
    assert_string_equal(e.msg, "x: No such file or directory");
    err_sys(&e, EACCES, "%s", "x");
    assert_int_equal(e.class, ERR_DENIED);
}

static void sv_splits_to_the_last_part(void **state)
{
    struct sv rest = SV("a,,b");
    assert_true(sv_is(sv_split(&rest, ','), "a"));
    assert_true(sv_is(sv_split(&rest, ','), ""));
    assert_true(sv_is(sv_split(&rest, ','), "b"));
    assert_null(sv_split(&rest, ',').ptr);
}

static void sv_numbers_are_checked(void **state)
{
    uint64_t n = 7;
    assert_true(sv_to_u64(SV("18446744073709551615"), &n));
    assert_true(n == UINT64_MAX);
    assert_false(sv_to_u64(SV("18446744073709551616"), &n));
    assert_false(sv_to_u64(SV("12a"), &n));
    assert_false(sv_to_u64(SV(""), &n));
    assert_true(n == UINT64_MAX);
}

static void str_stops_at_its_cap(void **state)
{
    _cleanup_str_ struct str s;
    str_init(&s, 5);
    str_adds(&s, "abc");
    assert_true(str_ok(&s));
    str_adds(&s, "def");
    assert_false(str_ok(&s));
    assert_string_equal(str_c(&s), "abc");
    str_reset(&s);
    str_addf(&s, "%d-%d", 12, 34);
    assert_string_equal(str_c(&s), "12-34");
}

static void arena_goes_back_to_a_mark(void **state)
{
    _cleanup_arena_ struct arena a = {0};
    struct arena_mark empty = arena_mark(&a);
    char *kept = arena_dup(&a, SV("kept"));
    struct arena_mark mark = arena_mark(&a);
    size_t total = a.total;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            unsigned char *p = arena_alloc(&a, 100);
            assert_non_null(p);
            assert_int_equal(p[0] | p[99], 0);
            memset(p, 0xFF, 100);
        }
        assert_true(a.total > total);
        arena_rewind(&a, mark);
        assert_int_equal(a.total, total);
    }
    assert_string_equal(kept, "kept");
    arena_rewind(&a, empty);
    assert_int_equal(a.total, 0);
    assert_non_null(arena_alloc(&a, 1));
}

static void arena_is_zeroed_and_capped(void **state)
{
    _cleanup_arena_ struct arena a;
    arena_init(&a, 1 << 16);
    for (int i = 0; i < 100; i++) {
        unsigned char *p = arena_alloc(&a, 100);
        for (int k = 0; k < 100; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xFF, 100);
    }
    assert_null(arena_alloc(&a, 1 << 20));
    assert_string_equal(arena_fmt(&a, "%s-%d", "x", 5), "x-5");
}

static void map_finds_what_was_put(void **state)
{
    struct map m = {0};
    static char keys[2000][12];
    for (size_t i = 0; i < 2000; i++) {
        snprintf(keys[i], sizeof keys[i], "key%zu", i);
        assert_true(map_put(&m, sv_of(keys[i]), keys[i]));
    }
    for (size_t i = 0; i < 2000; i++)
        assert_ptr_equal(map_get(&m, sv_of(keys[i])), keys[i]);
    assert_null(map_get(&m, SV("absent")));
    size_t at = 0, seen = 0;
    while (map_next(&m, &at))
        seen++;
    assert_int_equal(seen, 2000);
    map_release(&m);
}

static void versions_compare_as_numbers(void **state)
{
    struct version a, b;
    char text[VERSION_TEXT_MAX];
    assert_true(version_parse(SV("1.9"), &a));
    assert_true(version_parse(SV("v1.21.14-eks-18ef993"), &b));
    assert_true(version_cmp(a, b) < 0);
    assert_true(version_cmp(VERSION_NONE, b) > 0);
    assert_string_equal(version_format(b, true, text), "1.21.14");
    assert_string_equal(version_format(version_next_minor(b), false, text), "1.22");
    assert_true(version_parse(SV("1.20+"), &a));
    assert_false(version_parse(SV("1"), &a));
    assert_false(version_parse(SV("1.2x"), &a));
    assert_false(version_parse(SV("1.99999999"), &a));
}

static void json_is_nested_and_escaped(void **state)
{
    _cleanup_str_ struct str s;
    str_init(&s, 0);
    struct jsonw w;
    jsonw_init(&w, &s, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "a", "q\"\\\n\x01\xC3\x28");
    jsonw_key(&w, "b");
    jsonw_array(&w);
    jsonw_int(&w, -1);
    jsonw_null(&w);
    jsonw_array_end(&w);
    jsonw_kv_bool(&w, "c", true);
    jsonw_object_end(&w);
    assert_string_equal(str_c(&s), "{\"a\":\"q\\\"\\\\\\n\\u0001\xEF\xBF\xBD(\",\"b\":[-1,null],"
                                   "\"c\":true}");
}

static void utf8_refuses_what_is_not(void **state)
{
    assert_int_equal(utf8_length("\xE3\x81\x82", 3), 3);
    assert_int_equal(utf8_length("\xC0\x80", 2), 0);
    assert_int_equal(utf8_length("\xED\xA0\x80", 3), 0);
    assert_int_equal(utf8_length("\xF4\x90\x80\x80", 4), 0);
    assert_int_equal(utf8_length("\xE3\x81", 2), 0);
    assert_int_equal(utf8_width("a\xE3\x81\x82", 4), 3);
}

static void write_keeps_the_mode_and_leaves_no_rest(void **state)
{
    char dir[] = "/tmp/toban-base-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/f", dir);
    struct err e = {0};
    assert_int_equal(io_write_atomic(path, SV("one"), &e), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(io_write_atomic(path, SV("two"), &e), 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    _cleanup_str_ struct str s;
    str_init(&s, 0);
    assert_int_equal(io_read_file(path, 100, &s, &e), 0);
    assert_string_equal(str_c(&s), "two");
    assert_int_equal(io_read_file(path, 2, &s, &e), -1);
    assert_int_equal(e.class, ERR_LIMIT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

/* As for a device, which a file in its place would take away from everybody. */
static void a_pipe_is_written_to_and_not_replaced(void **state)
{
    char dir[] = "/tmp/toban-base-XXXXXX", path[64], text[16] = {0};
    struct err e = {0};
    struct stat st;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/p", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(io_write_atomic(path, SV("one"), &e), 0);
    assert_int_equal(io_write_private(path, SV("two"), &e), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(read(fd, text, sizeof text - 1), 6);
    assert_string_equal(text, "onetwo");
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void base64_is_encoded(void **state)
{
    static const char *const cases[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_str_ struct str out = {0};
        str_init(&out, 0);
        base64_encode(sv_of(cases[i][0]), &out);
        assert_string_equal(str_c(&out), cases[i][1]);
    }
}

static void base64_is_decoded_or_refused(void **state)
{
    static const struct {
        const char *text, *bytes; /* NULL: refused */
    } cases[] = {
        {"", ""},       {"YQ==", "a"},  {"YWI=", "ab"},  {"YWJj", "abc"}, {"YW\r\nJj\n", "abc"},
        {"YQ", "a"},    {"YWI", "ab"},  {"Y", NULL},     {"YQ=", NULL},   {"YQ==YQ==", NULL},
        {"Y Q=", NULL}, {"====", NULL}, {"YWJj=", NULL}, {"_-", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char to[16];
        size_t len;
        bool ok = base64_decode(sv_of(cases[i].text), to, &len);
        if (ok != (cases[i].bytes != NULL) || (ok && !sv_is(sv_n(to, len), cases[i].bytes)))
            fail_msg("'%s'", cases[i].text);
    }
}

static void read_refuses_a_folder(void **state)
{
    struct err e = {0};
    _cleanup_str_ struct str s;
    str_init(&s, 0);
    assert_int_equal(io_read_file("/", 100, &s, &e), -1);
    assert_string_equal(e.msg, "/: not a regular file");
}

static void a_person_is_named_with_the_machine(void **state)
{
    char me[WHO_TEXT_MAX], sudo[WHO_TEXT_MAX];
    unsetenv("SUDO_USER");
    who_am_i(me);
    const char *at = strchr(me, '@');
    assert_true(at && at != me && at[1]);
    setenv("SUDO_USER", "ann", 1);
    who_am_i(sudo);
    /* Only root can have come through sudo. */
    if (geteuid() == 0)
        assert_int_equal(strncmp(sudo, "ann@", 4), 0);
    else
        assert_string_equal(sudo, me);
    unsetenv("SUDO_USER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_wraps_from_the_outside),
        cmocka_unit_test(err_cuts_at_a_character),
        cmocka_unit_test(err_sys_takes_its_class_from_errno),
        cmocka_unit_test(sv_splits_to_the_last_part),
        cmocka_unit_test(sv_numbers_are_checked),
        cmocka_unit_test(str_stops_at_its_cap),
        cmocka_unit_test(arena_goes_back_to_a_mark),
        cmocka_unit_test(arena_is_zeroed_and_capped),
        cmocka_unit_test(map_finds_what_was_put),
        cmocka_unit_test(versions_compare_as_numbers),
        cmocka_unit_test(json_is_nested_and_escaped),
        cmocka_unit_test(utf8_refuses_what_is_not),
        cmocka_unit_test(write_keeps_the_mode_and_leaves_no_rest),
        cmocka_unit_test(a_pipe_is_written_to_and_not_replaced),
        cmocka_unit_test(base64_is_decoded_or_refused),
        cmocka_unit_test(base64_is_encoded),
        cmocka_unit_test(read_refuses_a_folder),
        cmocka_unit_test(a_person_is_named_with_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
