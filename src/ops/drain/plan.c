/* The plans of this folder: which steps, in which order. */
#include "base/must.h"
#include "ops/drain/drain.h"

#include <string.h>

#define NAMES_TOLD 3

static size_t count_nodes(const char *const *nodes)
{
    size_t n = 0;
    while (nodes && nodes[n])
        n++;
    return n;
}

/* "node n1", "nodes n1 and n2", "14 nodes". */
static const char *nodes_text(const char *const *nodes, struct arena *a)
{
    size_t n = count_nodes(nodes);
    const char *text = "";
    if (n == 1)
        return mem_must(arena_fmt(a, "node %s", nodes[0]));
    if (n > NAMES_TOLD)
        return mem_must(arena_fmt(a, "%zu nodes", n));
    for (size_t i = 0; i < n; i++)
        text = mem_must(arena_fmt(a, "%s%s%s", text,
                                  i == 0       ? ""
                                  : i == n - 1 ? " and "
                                               : ", ",
                                  nodes[i]));
    return mem_must(arena_fmt(a, "nodes %s", text));
}

static int check_nodes(const char *const *nodes, struct err *err)
{
    if (count_nodes(nodes))
        return 0;
    err_set(err, ERR_USAGE, "no nodes are named");
    return err_hint(err, "toban nodes list shows what there is");
}

static void add_step(struct plan *p, const char *name, const char *verb, const char *doing,
                     const char *what)
{
    plan_add(p, name, verb, mem_must(arena_fmt(&p->arena, "%s %s", doing, what)), SV("{}"));
}

static void frame(struct plan *p, const char *kind, const char *doing, const char *what,
                  const struct drain_order *o)
{
    _cleanup_str_ struct str args = {0};
    drain_order_format(o, &args);
    p->kind = kind;
    p->title = mem_must(arena_fmt(&p->arena, "%s %s", doing, what));
    p->args = sv_of(mem_must(arena_dup(&p->arena, str_sv(&args))));
    for (const char *const *n = o->nodes; *n; n++)
        must_push(&p->claims, mem_must(arena_fmt(&p->arena, "node/%s", *n)));
}

static void add_gates(struct plan *p, const struct gate *gates, size_t count)
{
    unsigned numbers[GATE_KINDS] = {0};
    for (size_t i = 0; i < count; i++) {
        enum gate_kind kind = gates[i].kind;
        const char *name =
            mem_must(arena_fmt(&p->arena, "%s-%u", gate_kind_names[kind], ++numbers[kind]));
        plan_add_gate(p, name, &gates[i]);
    }
}

int drain_plan(const struct drain_order *o, const struct gate *gates, size_t gate_count,
               struct plan *out, struct err *err)
{
    if (check_nodes(o->nodes, err) < 0)
        return -1;
    const char *what = nodes_text(o->nodes, &out->arena);
    frame(out, "nodes-drain", "drain", what, o);
    add_step(out, "cordon", "cordon", "cordon", what);
    add_gates(out, gates, gate_count);
    add_step(out, "drain", "drain", "drain", what);
    add_step(out, "verify", "verify-drained", "prove that nothing is left on", what);
    return 0;
}

bool drain_is_in(const char *kind)
{
    return strcmp(kind, "nodes-drain") == 0 || strcmp(kind, "nodes-replace") == 0;
}

int drain_plan_cordon(const char *const *nodes, bool uncordon, struct plan *out, struct err *err)
{
    const struct drain_order o = {.nodes = nodes};
    const char *verb = uncordon ? "uncordon" : "cordon";
    if (check_nodes(nodes, err) < 0)
        return -1;
    const char *what = nodes_text(nodes, &out->arena);
    frame(out, uncordon ? "nodes-uncordon" : "nodes-cordon", verb, what, &o);
    add_step(out, verb, verb, verb, what);
    return 0;
}
