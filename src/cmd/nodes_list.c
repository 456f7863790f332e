#include "cmd/nodes_choose.h"
#include "cmd/nodes_print.h"
#include "cmd/nodes_verbs.h"
#include "ops/inventory/inventory.h"

#include <string.h>

/* Only the chosen ones are looked at. */
static void keep_chosen(struct nodes_choice *choice)
{
    size_t kept = 0, name = 0;
    for (size_t i = 0; i < choice->marks.nodes.len; i++) {
        const char *chosen = choice->names.items[name];
        if (!chosen || strcmp(choice->marks.nodes.items[i].node, chosen) != 0)
            continue;
        choice->marks.nodes.items[kept++] = choice->marks.nodes.items[i];
        name++;
    }
    choice->marks.nodes.len = kept;
}

static int print(const struct cmd_ctx *ctx, const struct cluster *c,
                 const struct inventory *inventory, struct err *err)
{
    _cleanup_str_ struct str out = {0};
    const char *format = cmd_value(ctx, "output");
    struct nodes_print p = {
        .out = &out,
        .world = &c->world,
        .rows = inventory->rows.items,
        .count = inventory->rows.len,
        .now = ctx->now,
    };
    if (format && strcmp(format, "json") == 0)
        nodes_print_json(&p);
    else
        nodes_print_table(&p);
    if (!str_ok(&out))
        return err_nomem(err, "printing the nodes");
    fwrite(str_c(&out), 1, out.len, ctx->out);
    return c->report.gaps.len ? CMD_PARTLY : CMD_OK;
}

int nodes_run_list(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_cluster_ struct cluster c = {0};
    _cleanup_(nodes_choice_release) struct nodes_choice choice = {0};
    _cleanup_inventory_ struct inventory inventory = {0};
    if (cluster_open(&c, ctx, err) < 0 || cluster_read(&c, ctx, err) < 0 ||
        nodes_choose(&choice, ctx, &c, ctx->operands + 1, ctx->operand_count - 1, err) < 0)
        return -1;
    keep_chosen(&choice);
    inventory_make(&c.world, &choice.marks, &inventory);
    cluster_tell_gaps(&c, ctx);
    return print(ctx, &c, &inventory, err);
}
