#include "journal_make.h"

#include "unit.h"

#include <string.h>

static const char *const kinds[] = {"plan.made", "step.begun", "act.intent", "act.done",
                                    "gate.open"};
static const char *const subjects[] = {"plan/p-1", "plan/p-1/drain", "plan/p-2", "plan/p-12"};
static const char *const data[] = {
    "{}",
    "{ \"pod\": \"shop/cart-1\", \"uid\" : \"3f2a\",\n\t\"tries\":[1, 2.5e3, true, null] }",
    "{\"words\":\"\\u756a \\\"quoted\\\" \\\\ \\n\",\"番\":{\"deep\":{}}}",
};

void journal_make(struct store *s, unsigned groups)
{
    uint64_t seq = 0;
    for (unsigned group = 0; group < groups; group++) {
        struct journal_note notes[3];
        size_t count = 1 + group % 3;
        for (size_t i = 0; i < count; i++, seq++)
            notes[i] = (struct journal_note){
                .kind = kinds[seq % ARRAY_LEN(kinds)],
                .subject = subjects[seq % ARRAY_LEN(subjects)],
                .actor = seq % 2 ? "ann@bastion-1" : "ben@bastion-2",
                .at_ms = 1795392000000 + (int64_t)seq * 1500,
                .data = seq % 4 == 3 ? SV_NONE : sv_of(data[seq % ARRAY_LEN(data)]),
            };
        struct err err = {0};
        if (journal_append(s, notes, count, NULL, 0, NULL, &err) < 0)
            fail_msg("%s", err.msg);
    }
}

static int add_line(void *ctx, struct sv line, struct err *err)
{
    str_addv(ctx, line);
    return 0;
}

void journal_make_export(struct store *s, const struct journal_filter *filter, struct str *out)
{
    struct err err = {0};
    if (journal_export(s, filter, add_line, out, &err) < 0)
        fail_msg("%s", err.msg);
}

static const char *tell(int rc, struct journal_proof *proof, const struct err *err, struct str *out)
{
    if (rc < 0)
        fail_msg("%s", err->msg);
    str_reset(out);
    vec_foreach(f, &proof->faults) {
        assert_true(*f->detail);
        str_addf(out, "%s%llu %s", out->len ? ", " : "", (unsigned long long)f->seq, f->what);
    }
    assert_true(proof->fault_count >= proof->faults.len);
    assert_int_equal(proof->fault_count > 0, proof->faults.len > 0);
    journal_proof_release(proof);
    return str_c(out);
}

const char *journal_make_faults(struct store *s, const char *head, struct str *out)
{
    struct err err = {0};
    struct journal_proof proof;
    int rc = journal_verify(s, head, &proof, &err);
    return tell(rc, &proof, &err, out);
}

const char *journal_make_export_faults(struct sv text, const char *head, struct str *out)
{
    struct err err = {0};
    struct journal_proof proof;
    int rc = journal_verify_export(text, head, &proof, &err);
    return tell(rc, &proof, &err, out);
}
