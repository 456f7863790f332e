/* toban nodes rollback: the way back of a replacement, whose plan need not be named when there is
 * only one. */
#include "cmd/nodes_verbs.h"
#include "cmd/plan_verbs.h"
#include "ops/replace/replace.h"

#include <string.h>

struct finding {
    char id[64];   /* of the one that is not over, else of the newest */
    unsigned open; /* that are not over */
    bool any;
};

static int take(void *ctx, const struct plan *p, struct err *err)
{
    struct finding *f = ctx;
    bool over = plan_is_over(p);
    (void)err;
    if (!replace_is(p))
        return 0;
    if (!f->any || (!over && !f->open))
        snprintf(f->id, sizeof f->id, "%s", p->id);
    f->any = true;
    f->open += !over;
    return 0;
}

static int find_only(const struct cmd_ctx *ctx, struct finding *f, struct err *err)
{
    _cleanup_store_ struct store *s = NULL;
    if (store_open_to_read(cmd_value(ctx, "store"), &s, err) < 0)
        return *err->hint ? -1
                          : err_hint(err, "name the store that has the plan with --store FILE or "
                                          "TOBAN_STORE");
    if (plan_each(s, take, f, err) < 0)
        return -1;
    if (!f->any) {
        err_set(err, ERR_NOT_FOUND, "there is no replacement of node groups in this store");
        return err_hint(err, "toban plan list --all shows what there is");
    }
    if (f->open <= 1)
        return 0;
    err_set(err, ERR_CONFLICT, "%u replacements are not over: which one is to go back?", f->open);
    return err_hint(err, "toban plan list shows them; toban nodes rollback PLAN");
}

int nodes_run_rollback(struct cmd_ctx *ctx, struct err *err)
{
    struct finding f = {0};
    if (ctx->operand_count > 1)
        return plan_run_resume(ctx, ctx->operands[1], true, err);
    return find_only(ctx, &f, err) < 0 ? -1 : plan_run_resume(ctx, f.id, true, err);
}
