#include "base/must.h"
#include "cmd/mutate.h"
#include "cmd/nodes_choose.h"
#include "cmd/nodes_verbs.h"

static int make_plan(struct mutate *m, enum nodes_verb verb, const struct nodes_choice *choice,
                     struct err *err)
{
    struct plan *p = &m->plan;
    if (drain_plan_cordon(choice->names.items, verb != VERB_CORDON, p, err) < 0)
        return -1;
    if (verb == VERB_UNDRAIN) {
        p->kind = "nodes-undrain";
        p->title = mem_must(arena_fmt(&p->arena, "undrain: %s", p->title));
    }
    mutate_find_marks(m, &choice->marks, choice->names.items);
    return 0;
}

int nodes_run_cordon(struct cmd_ctx *ctx, enum nodes_verb verb, struct err *err)
{
    _cleanup_cluster_ struct cluster c = {0};
    _cleanup_(nodes_choice_release) struct nodes_choice choice = {0};
    _cleanup_mutate_ struct mutate m = {0};
    if (cluster_open(&c, ctx, err) < 0 || mutate_open(&m, ctx, &c, err) < 0 ||
        cluster_identify(&c, err) < 0 || cluster_read(&c, ctx, err) < 0 ||
        nodes_choose(&choice, ctx, &c, ctx->operands + 1, ctx->operand_count - 1, err) < 0 ||
        make_plan(&m, verb, &choice, err) < 0)
        return -1;
    int code = mutate_check(&m, err);
    if (code >= 0 && cmd_given(ctx, "dry-run")) {
        struct trial t = {.nodes = choice.names.items, .uncordon = verb != VERB_CORDON};
        return mutate_try(&m, &t, code, err);
    }
    if (code == CMD_OK)
        code = mutate_ask(&m);
    if (code != CMD_OK)
        return code;
    return mutate_keep(&m, err) < 0 ? -1 : mutate_run(&m, err);
}
