/* Any text as a gate: what is understood can be described, kept with a plan, and decided without
 * opening what nobody looked at. */
#include "fuzz.h"

#include "plan/plan.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void decide(const struct gate *g)
{
    struct gate_memory m = {0};
    char words[64];
    int64_t now = INT64_C(1795000000000), wake = 0;
    for (int i = 0; i < 20; i++) {
        enum gate_say say = gate_decide(g, &m, now, &wake, words, sizeof words);
        check(memchr(words, '\0', sizeof words));
        if (say == GATE_OBSERVE)
            gate_saw(g, &m, &(struct gate_sight){.words = "no"}, now);
        check(say != GATE_OPEN || g->kind == GATE_SOAK || g->kind == GATE_WINDOW);
        if (say == GATE_OPEN || say == GATE_FAILED || wake == INT64_MAX)
            return;
        check(say == GATE_OBSERVE || wake > now);
        now = say == GATE_WAIT ? wake : now;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_plan_ struct plan p = {0}, q = {0};
    _cleanup_str_ struct str text = {0};
    struct err err = {0};
    struct gate g;
    char *copy = arena_dup(&p.arena, sv_n((const char *)data, size));
    if (!copy)
        return 0;
    if (gate_parse(copy, &p.arena, &g, &err)) {
        check(err.class == ERR_USAGE && err.msg[0] && err.hint[0]);
        return 0;
    }
    p.kind = "test";
    plan_add_gate(&p, "gate-1", &g);
    decide(&g);
    plan_format(&p, &text);
    if (text.len <= PLAN_TEXT_MAX)
        check(plan_parse(str_sv(&text), &q, &err) == 0);
    return 0;
}
