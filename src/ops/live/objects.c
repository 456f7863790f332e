#include "base/must.h"
#include "kube/list.h"
#include "ops/live/choice.h"
#include "ops/live/run.h"

/* More refusals than these are told in one sentence. */
#define REFUSALS_TOLD_APART 10

struct reading {
    struct live_run *run;
    const struct choice_item *item;
    struct kube_list list;
};

static int on_item(void *ctx, const struct kube_item *item, struct err *err)
{
    struct reading *r = ctx;
    const struct kube_resource *res = r->item->resource;
    char api_version[256];
    struct object o = {
        .root = item->root,
        .group = sv_of(res->group),
        .version = sv_of(res->version),
        .kind = sv_of(res->kind),
    };
    const struct doc_node *metadata = doc_get(item->root, "metadata");
    snprintf(api_version, sizeof api_version, "%s%s%s", res->group, *res->group ? "/" : "",
             res->version);
    o.api_version = sv_of(api_version);
    o.name = doc_get_string(metadata, "name");
    o.namespace = doc_get_string(metadata, "namespace");
    live_add_object(&r->run->live, item->doc, &o, r->item->shape);
    return 0;
}

static void set_list(struct reading *r)
{
    const struct kube_resource *res = r->item->resource;
    bool configmaps = !*res->group && strcmp(res->resource, "configmaps") == 0;
    r->list = (struct kube_list){
        .ref = {.group = res->group, .version = res->version, .resource = res->resource},
        .label_selector = configmaps ? "owner!=helm" : NULL, /* read already */
        .shape = r->item->shape == LIVE_FULL ? KUBE_LIST_FULL : KUBE_LIST_METADATA,
        .on_item = on_item,
        .ctx = r,
    };
}

static void note_only_deprecated(struct live_run *run, const struct choice *choice, bool included)
{
    _cleanup_str_ struct str names = {0};
    vec_foreach(r, &choice->only_deprecated)
        str_addf(&names, "%s%s.%s.%s", names.len ? ", " : "", (*r)->resource, (*r)->version,
                 *(*r)->group ? (*r)->group : "core");
    if (!names.len)
        return;
    finding_add_note(&run->result->set,
                     included ? "%s: read through deprecated versions, as nothing else serves "
                                "them: %s; the server counts these requests"
                              : "%s: not read, as only deprecated versions serve them: %s; "
                                "--include-deprecated-endpoints reads them, which the server "
                                "counts as use",
                     run->live.cluster, str_c(&names));
}

static void tell_refusals(struct live_run *run, const struct reading *readings, size_t count,
                          size_t refused)
{
    _cleanup_str_ struct str names = {0};
    struct err e = {0};
    for (size_t i = 0; i < count; i++)
        if (readings[i].list.result < 0 && readings[i].list.err.class == ERR_DENIED)
            str_addf(&names, "%s%s", names.len ? ", " : "", readings[i].item->resource->resource);
    err_set(&e, ERR_DENIED, "user '%s' may not list %zu of %zu resources: %s",
            kube_client_target(run->client)->user_name, refused, count, str_c(&names));
    err_hint(&e, "see what is allowed: kubectl auth can-i --list; a check needs get and list on "
                 "all resources, as the ClusterRole view gives for most");
    run_problem(run, &e);
}

static void tell_failures(struct live_run *run, const struct reading *readings, size_t count)
{
    size_t refused = 0;
    for (size_t i = 0; i < count; i++)
        refused += readings[i].list.result < 0 && readings[i].list.err.class == ERR_DENIED;
    bool together = refused > REFUSALS_TOLD_APART;
    if (together)
        tell_refusals(run, readings, count, refused);
    for (size_t i = 0; i < count; i++) {
        const struct kube_list *list = &readings[i].list;
        bool told = together && list->err.class == ERR_DENIED;
        /* A definition that was deleted in between takes its objects along. */
        if (list->result < 0 && list->err.class != ERR_NOT_FOUND && !told)
            run_problem(run, &list->err);
    }
}

static void read_all(struct live_run *run, const struct choice *choice)
{
    size_t count = choice->items.len;
    _cleanup_free_ struct reading *readings = mem_must(calloc(count + 1, sizeof *readings));
    _cleanup_free_ struct kube_list **lists = mem_must(calloc(count + 1, sizeof *lists));
    for (size_t i = 0; i < count; i++) {
        readings[i].run = run;
        readings[i].item = &choice->items.items[i];
        set_list(&readings[i]);
        lists[i] = &readings[i].list;
    }
    kube_list_run_all(run->client, lists, count);
    tell_failures(run, readings, count);
}

void run_objects(struct live_run *run, const struct live_options *options)
{
    _cleanup_(choice_release) struct choice choice;
    choice_make(&choice, run->discovery, options->target.lifecycle, options->server,
                options->include_deprecated);
    note_only_deprecated(run, &choice, options->include_deprecated);
    read_all(run, &choice);
}
