/*
 * Golden cases: each folder of tests/data/migrate holds `in`, and what migrating it must give, to
 * the byte: `out` (none: nothing changes), `remarks` (none: none) and `options` (none: to 1.25).
 * TOBAN_UPDATE=1 writes them anew, to be read before they are committed.
 */
#include "base/io.h"
#include "doc/doc.h"
#include "rules/migrate/migrate.h"

#include <dirent.h>
#include <sys/stat.h>

#include "unit.h"

struct golden {
    char folder[1024];
    struct migrate_options options;
    struct str in, out, remarks;
};

static bool read_part(const struct golden *g, const char *name, struct str *to)
{
    char path[1100];
    struct err err = {0};
    snprintf(path, sizeof path, "%s/%s", g->folder, name);
    str_init(to, 0);
    return !io_read_file(path, IO_MANIFEST_MAX, to, &err);
}

static void read_options(struct golden *g)
{
    _cleanup_str_ struct str text = {0};
    version_parse(SV("1.25"), &g->options.to);
    if (!read_part(g, "options", &text))
        return;
    struct sv rest = sv_trim(str_sv(&text));
    while (rest.ptr) {
        struct sv word = sv_split(&rest, ' ');
        if (sv_is(word, "from"))
            assert_true(version_parse(sv_split(&rest, ' '), &g->options.from));
        else if (sv_is(word, "to"))
            assert_true(version_parse(sv_split(&rest, ' '), &g->options.to));
        else if (sv_is(word, "partial"))
            g->options.partial = true;
        else if (sv_is(word, "template"))
            g->options.chart_template = true;
        else
            fail_msg("%s/options: unknown word %.*s", g->folder, SV_ARG(word));
    }
}

static void list_remarks(const struct migrate_result *r, struct str *out)
{
    char since[VERSION_TEXT_MAX];
    vec_foreach(c, &r->changes) {
        str_addf(out, "%u:%u %s -> %s", c->object.line, c->object.column, c->object.kind, c->to);
        if (c->not_before.set)
            str_addf(out, " since %s", version_format(c->not_before, false, since));
        if (c->again_before.set)
            str_addf(out, " again before %s", version_format(c->again_before, false, since));
        str_addc(out, '\n');
    }
    vec_foreach(x, &r->remarks) {
        str_addf(out, "%u:%u %s %s: %s\n", x->line, x->column,
                 x->word == MIGRATE_DECISION ? "decide" : "note", x->topic, x->message);
    }
    vec_foreach(p, &r->problems) {
        str_addf(out, "%u:%u problem\n", p->line, p->column);
    }
}

static void write_part(const struct golden *g, const char *name, const struct str *text)
{
    char path[1100];
    struct err err = {0};
    snprintf(path, sizeof path, "%s/%s", g->folder, name);
    unlink(path);
    if (text->len)
        assert_int_equal(io_write_atomic(path, str_sv(text), &err), 0);
}

static void same_text(const struct golden *g, const char *name, const struct str *got)
{
    _cleanup_str_ struct str want = {0};
    read_part(g, name, &want);
    if (want.len != got->len || memcmp(str_c(&want), str_c(got), got->len) != 0)
        fail_msg("%s/%s differs; got:\n%s", g->folder, name, str_c(got));
}

/* What was written is not written again, and says the same decisions. */
static void run_again(const struct golden *g, const struct migrate_result *first)
{
    _cleanup_migrate_ struct migrate_result r = {0};
    struct err err = {0};
    assert_int_equal(migrate_text(&g->options, "again", str_sv(&first->text), &r, &err), 0);
    if (r.changed || r.changes.len)
        fail_msg("%s: changes again to:\n%s", g->folder, str_c(&r.text));
    assert_int_equal(migrate_decisions(&r), migrate_decisions(first));
}

static void run_golden(struct golden *g)
{
    _cleanup_migrate_ struct migrate_result r = {0};
    struct err err = {0};
    read_options(g);
    assert_true(read_part(g, "in", &g->in));
    if (!g->options.from.set)
        migrate_floor(g->options.lifecycle, str_sv(&g->in), &g->options.floor);
    if (migrate_text(&g->options, "in", str_sv(&g->in), &r, &err))
        fail_msg("%s: %s", g->folder, err.msg);
    str_init(&g->remarks, 0);
    list_remarks(&r, &g->remarks);
    if (getenv("TOBAN_UPDATE")) {
        write_part(g, "out", &r.text);
        write_part(g, "remarks", &g->remarks);
    }
    same_text(g, "out", &r.text);
    same_text(g, "remarks", &g->remarks);
    if (r.changed)
        run_again(g, &r);
    str_release(&g->in);
    str_release(&g->remarks);
}

static void golden_cases(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    DIR *dir = opendir(MIGRATE_DATA);
    assert_non_null(dir);
    unsigned cases = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        struct golden g = {.options = {.lifecycle = &l}};
        if (e->d_name[0] == '.')
            continue;
        snprintf(g.folder, sizeof g.folder, "%s/%s", MIGRATE_DATA, e->d_name);
        run_golden(&g);
        cases++;
    }
    closedir(dir);
    assert_true(cases > 30);
}

/* Documents that nothing changes, written in odd ways, between documents that change. */
static const char *const untouched[] = {
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |+\n    text # no comment\n\n",
    "# only a comment\n",
    "{\"apiVersion\": \"v1\",\n   \"kind\": \"Secret\" }   # odd\n",
    "kind:   'Service'\napiVersion: \"v1\"\n\n\nspec: {ports: [ {port: 80} ,{port: 81}]}\n",
    "a: &x [1, 2]\nb: *x\nc: >-\n    folded\n     text\n",
    "apiVersion: example.com/v1beta1\nkind: Own\nspec:\n- a\n-   b:   c\n    d: e\n",
    "apiVersion: v1\nkind: Pod\nmetadata:\n    name: x   \nspec: !!map\n    containers: []\n",
};
static const char *const touched[] = {
    "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n",
    "apiVersion: extensions/v1beta1\nkind: Ingress\nspec:\n  backend:\n    serviceName: a\n"
    "    servicePort: 1\n",
    "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nspec:\n  selector: {}\n",
    "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n"
    "    metadata: {labels: {a: b}}\n",
    "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nspec:\n"
    "  group: a.example.com\n  version: v1\n  validation: {openAPIV3Schema: {}}\n",
};

static unsigned pick(unsigned *seed, unsigned n)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed / 65536 % n;
}

static void with_eol(struct str *out, const char *text, bool crlf)
{
    for (; *text; text++) {
        if (*text == '\n' && crlf)
            str_addc(out, '\r');
        str_addc(out, *text);
    }
}

static void one_mixture(unsigned seed, const struct lifecycle *l)
{
    _cleanup_str_ struct str text = {0}, piece = {0};
    _cleanup_migrate_ struct migrate_result r = {0};
    const struct migrate_options o = {.lifecycle = l, .to = {1, 25, 0, true}};
    struct err err = {0};
    const char *kept[12];
    unsigned count = 1 + pick(&seed, 12), changes = 0;
    bool crlf = pick(&seed, 3) == 0;
    str_init(&text, 0);
    for (unsigned i = 0; i < count; i++) {
        bool change = pick(&seed, 2);
        kept[i] = change ? NULL : untouched[pick(&seed, ARRAY_LEN(untouched))];
        changes += change;
        with_eol(&text, change ? touched[pick(&seed, ARRAY_LEN(touched))] : kept[i], crlf);
        with_eol(&text, pick(&seed, 4) ? "---\n" : "--- # next\n", crlf);
    }
    assert_int_equal(migrate_text(&o, "mixture", str_sv(&text), &r, &err), 0);
    assert_int_equal(r.changes.len, changes);
    assert_int_equal(r.remarks.len > 0 && migrate_decisions(&r), 0);
    struct sv rest = changes ? str_sv(&r.text) : str_sv(&text);
    for (unsigned i = 0; i < count; i++) {
        str_init(&piece, 0);
        with_eol(&piece, kept[i] ? kept[i] : "", crlf);
        const char *at = sv_find(rest, str_c(&piece));
        if (!at)
            fail_msg("seed %u: lost\n%s\nin\n%s", seed, str_c(&piece), str_c(&r.text));
        rest = sv_n(at + piece.len, rest.len - (size_t)(at + piece.len - rest.ptr));
        str_release(&piece);
    }
}

static void neighbours_keep_their_bytes(void **state)
{
    struct lifecycle l;
    lifecycle_init(&l);
    for (unsigned seed = 1; seed <= 500; seed++)
        one_mixture(seed, &l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_cases),
        cmocka_unit_test(neighbours_keep_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
