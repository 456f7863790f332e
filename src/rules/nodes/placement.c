/* Selectors and taints: is there any other node on which the pods may run? */
#include "base/str.h"
#include "rules/nodes/internal.h"
#include "sched/shape.h"

static bool has_label(const struct world_node *node, struct label l)
{
    return labels_has(node->labels, l.key) && labels_value(node->labels, l.key) == l.value;
}

static bool satisfies_selector(const struct world_class *c, const struct world_node *node)
{
    for (uint32_t i = 0; i < c->node_selector.len; i++)
        if (!has_label(node, c->node_selector.items[i]))
            return false;
    return true;
}

static bool satisfies_affinity(const struct finder *f, const struct world_class *c,
                               const struct world_node *node)
{
    for (uint32_t i = 0; i < c->node_term_count; i++)
        if (node_term_matches(&c->node_terms[i], &f->w->strings, node->labels, node->name))
            return true;
    return !c->has_node_terms;
}

bool placement_selects(const struct finder *f, const struct world_class *c,
                       const struct world_node *node)
{
    return satisfies_selector(c, node) && satisfies_affinity(f, c, node);
}

static bool any_home(const struct finder *f, const struct world_class *c)
{
    vec_foreach(home, &f->homes)
        if (placement_selects(f, c, *home))
            return true;
    return false;
}

/* ---- which part of it ---- */

static const struct label *label_nowhere(const struct finder *f, const struct world_class *c)
{
    for (uint32_t i = 0; i < c->node_selector.len; i++) {
        bool found = false;
        vec_foreach(home, &f->homes)
            found = found || has_label(*home, c->node_selector.items[i]);
        if (!found)
            return &c->node_selector.items[i];
    }
    return NULL;
}

static bool satisfied_somewhere(const struct finder *f, const struct requirement *r, bool field)
{
    vec_foreach(home, &f->homes) {
        const struct world_node *n = *home;
        bool has = field ? n->name != STRINGS_NONE : labels_has(n->labels, r->key);
        uint32_t value = field ? n->name : labels_value(n->labels, r->key);
        if (requirement_matches(r, &f->w->strings, has, value))
            return true;
    }
    return false;
}

static const struct requirement *requirement_nowhere(const struct finder *f,
                                                     const struct world_class *c)
{
    if (c->node_term_count != 1)
        return NULL;
    const struct node_term *t = &c->node_terms[0];
    for (uint32_t i = 0; i < t->labels.len; i++)
        if (!satisfied_somewhere(f, &t->labels.items[i], false))
            return &t->labels.items[i];
    for (uint32_t i = 0; i < t->field_count; i++)
        if (!satisfied_somewhere(f, &t->fields[i], true))
            return &t->fields[i];
    return NULL;
}

static void requirement_text(const struct finder *f, const struct requirement *r, struct str *out)
{
    static const char *const ops[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};
    str_addf(out, "%s %s", world_text(f->w, r->key), ops[r->op]);
    for (uint32_t i = 0; i < r->value_count && i < 4; i++)
        str_addf(out, "%s%s", i ? ", " : " ", world_text(f->w, r->values[i]));
    if (r->value_count > 4)
        str_addf(out, ", and %u more", r->value_count - 4);
    if (r->op == LABEL_GT || r->op == LABEL_LT)
        str_addf(out, " %lld", (long long)r->number);
}

/* ---- what to do about it ---- */

/* Labels whose values change with the node group, the machine image or the host. */
static void selector_fix(struct nodes_risk *risk, const char *key)
{
    if (strstr(key, "hostname") || strcmp(key, "metadata.name") == 0)
        risk_fix(risk,
                 "take the pin to one host out of the pod template: a volume that is bound to "
                 "a host or zone leads its pod there by itself");
    else if (strstr(key, "nodegroup") || strstr(key, "nodepool") || strstr(key, "provisioner") ||
             strstr(key, "image"))
        risk_fix(risk,
                 "%s is new with each node group: select by a label of your own that old and new "
                 "group both carry, and roll the workload out before the old nodes are cordoned",
                 key);
    else
        risk_fix(risk,
                 "give the new nodes a label that satisfies it (labels of the node group), or "
                 "change the selector on %s",
                 key);
}

static void by_label(struct finder *f, const struct unit *u, const struct label *l)
{
    struct nodes_risk *risk = risk_add(f, u, "never-moves");
    risk->blocks = true;
    risk_text(risk, "nodeSelector %s=%s matches no other node", world_text(f->w, l->key),
              world_text(f->w, l->value));
    selector_fix(risk, world_text(f->w, l->key));
}

static void by_requirement(struct finder *f, const struct unit *u, const struct requirement *r)
{
    _cleanup_str_ struct str text = {0};
    struct nodes_risk *risk = risk_add(f, u, "never-moves");
    risk->blocks = true;
    requirement_text(f, r, &text);
    risk_text(risk, "required node affinity \"%s\" matches no other node", str_c(&text));
    selector_fix(risk, world_text(f->w, r->key));
}

static void by_all_together(struct finder *f, const struct unit *u)
{
    struct nodes_risk *risk = risk_add(f, u, "never-moves");
    risk->blocks = true;
    risk_text(risk, "no other node satisfies nodeSelector and required node affinity together");
    risk_fix(risk, "compare them with the labels of the new nodes (kubectl get nodes "
                   "--show-labels), and give the new node group what is missing");
}

void rule_selectors(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    if ((!c->node_selector.len && !c->has_node_terms) || any_home(f, c))
        return;
    const struct label *label = label_nowhere(f, c);
    const struct requirement *requirement = requirement_nowhere(f, c);
    if (label)
        by_label(f, u, label);
    else if (requirement)
        by_requirement(f, u, requirement);
    else
        by_all_together(f, u);
}

/* ---- taints ---- */

static const char *const effects[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};

/* The taint that keeps the pods off the first home their selector leaves; NULL: one takes them. */
static const struct taint *taint_everywhere(const struct finder *f, const struct world_class *c)
{
    const struct taint *first = NULL;
    vec_foreach(home, &f->homes) {
        if (!placement_selects(f, c, *home))
            continue;
        const struct taint *t = taint_not_borne(c->tolerations, c->toleration_count, *home);
        if (!t)
            return NULL;
        first = first ? first : t;
    }
    return first;
}

void rule_taints(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    const struct taint *t = taint_everywhere(f, c);
    if (!t)
        return;
    const char *key = world_text(f->w, t->key), *value = world_text(f->w, t->value);
    struct nodes_risk *risk = risk_add(f, u, "untolerated-taint");
    risk->blocks = true;
    risk_text(risk, "every node it could go to has a taint it does not tolerate: %s%s%s:%s", key,
              *value ? "=" : "", value, effects[t->effect]);
    risk_fix(risk,
             "add the toleration to the pod template, or create the new nodes without the "
             "taint %s",
             key);
}

/* ---- cordons ---- */

#define CORDON "node.kubernetes.io/unschedulable"

void rule_cordon(struct finder *f, const struct unit *u)
{
    const struct world_class *c = unit_class(f, u);
    struct taint cordon = {strings_find(&f->w->strings, SV(CORDON)), STRINGS_NONE,
                           TAINT_NO_SCHEDULE};
    struct world_node cordoned = {.taints = &cordon, .taint_count = 1};
    if (u->workload == WORLD_NONE ||
        taint_not_borne(c->tolerations, c->toleration_count, &cordoned))
        return;
    struct nodes_risk *risk = risk_add(f, u, "tolerates-cordon");
    risk_text(risk, "tolerates " CORDON ": the scheduler may put the new pod back on the node that "
                    "it came from");
    risk_fix(risk, "take the toleration (or the one for all taints: operator Exists without a key) "
                   "out of its pod template, at least for the move");
}
