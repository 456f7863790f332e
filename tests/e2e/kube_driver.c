/*
 * kube_driver: the functions of kube/ as a command line, so that end-to-end tests can use them one
 * by one. Not installed. Prints tab-separated lines; an error as "error: CLASS: MESSAGE" with its
 * hint, and exits 1.
 *
 *   kube_driver version
 *   kube_driver discover
 *   kube_driver list GROUP VERSION RESOURCE [NS] [PAGE] [full|metadata|table]     one line per
 * item, then a summary kube_driver list-pausing GROUP VERSION RESOURCE NS PAGE COMMAND [restart]
 * runs COMMAND after the first page kube_driver list-all everything that can be listed kube_driver
 * watch VERSION RESOURCE NS FROM DEADLINE_MS                        core group; FROM: "-" or a
 * version kube_driver get|delete|can-i-list GROUP VERSION RESOURCE NS NAME kube_driver
 * apply|create|merge GROUP VERSION RESOURCE NS NAME BODY [dry] kube_driver lines PATH
 */
#include "kube/client.h"
#include "kube/discovery.h"
#include "kube/list.h"
#include "kube/watch.h"

static const char *arg(char **argv, int argc, int i)
{
    return i < argc && strcmp(argv[i], "-") != 0 && argv[i][0] ? argv[i] : NULL;
}

static struct kube_ref ref_of(char **argv, int argc)
{
    const char *group = arg(argv, argc, 2);
    return (struct kube_ref){.group = group ? group : "",
                             .version = arg(argv, argc, 3),
                             .resource = arg(argv, argc, 4),
                             .ns = arg(argv, argc, 5),
                             .name = arg(argv, argc, 6)};
}

static int do_version(struct kube_client *c, struct err *err)
{
    struct kube_version v;
    char text[VERSION_TEXT_MAX];
    if (kube_get_version(c, &v, err))
        return -1;
    printf("%s\t%s\t%s\n", version_format(v.version, true, text), v.git_version, v.platform);
    return 0;
}

static int do_discover(struct kube_client *c, struct err *err)
{
    const struct kube_discovery *d;
    if (kube_discover(c, &d, err))
        return -1;
    for (size_t i = 0; i < d->resource_count; i++) {
        const struct kube_resource *r = &d->resources[i];
        printf("%s\t%s\t%s\t%s\t%s\t%s\n", *r->group ? r->group : "core", r->version, r->resource,
               r->kind, r->namespaced ? "namespaced" : "cluster",
               r->preferred ? "preferred" : "other");
    }
    for (size_t i = 0; i < d->gap_count; i++)
        printf("gap\t%s\t%s\n", d->gaps[i].group_version, d->gaps[i].reason);
    return 0;
}

struct listing {
    const char *command; /* run behind item `after` */
    size_t after, seen;
};

static int on_item(void *ctx, const struct kube_item *item, struct err *err)
{
    struct listing *l = ctx;
    (void)err;
    struct sv name = doc_get_string(doc_get(item->root, "metadata"), "name");
    struct sv row = doc_scalar(doc_item(doc_get(item->root, "cells"), 0));
    printf("item\t%.*s\t%.*s\t%.*s\t%zu\n", SV_ARG(item->api_version), SV_ARG(item->kind),
           SV_ARG(name.len ? name : row), item->text.len);
    if (l && l->command && ++l->seen == l->after) {
        fflush(stdout);
        if (system(l->command))
            return err_set(err, ERR_LOCAL, "the command failed");
    }
    return 0;
}

static void on_restart(void *ctx)
{
    (void)ctx;
    printf("restart\n");
}

static int run_list(struct kube_client *c, struct kube_list *list, struct err *err)
{
    if (kube_list_run(c, list, err))
        return -1;
    printf("total\t%zu\t%s\t%s\n", list->count, list->inconsistent ? "inconsistent" : "consistent",
           list->resource_version_out);
    return 0;
}

static int do_list(struct kube_client *c, char **argv, int argc, struct err *err)
{
    const char *page = arg(argv, argc, 6);
    const char *shape = arg(argv, argc, 7);
    struct kube_list list = {.ref = ref_of(argv, argc < 6 ? argc : 6),
                             .page = page ? (unsigned)strtoul(page, NULL, 10) : 0,
                             .on_item = on_item};
    if (shape && strcmp(shape, "metadata") == 0)
        list.shape = KUBE_LIST_METADATA;
    if (shape && strcmp(shape, "table") == 0)
        list.shape = KUBE_LIST_TABLE;
    return run_list(c, &list, err);
}

static int do_list_pausing(struct kube_client *c, char **argv, int argc, struct err *err)
{
    unsigned page = (unsigned)strtoul(argv[6], NULL, 10);
    struct listing l = {.command = argv[7], .after = page};
    struct kube_list list = {.ref = ref_of(argv, 6),
                             .page = page,
                             .on_item = on_item,
                             .on_restart = arg(argv, argc, 8) ? on_restart : NULL,
                             .ctx = &l};
    return run_list(c, &list, err);
}

static int do_list_all(struct kube_client *c, struct err *err)
{
    const struct kube_discovery *d;
    if (kube_discover(c, &d, err))
        return -1;
    struct kube_list *lists = calloc(d->resource_count, sizeof *lists);
    struct kube_list **chosen = calloc(d->resource_count, sizeof *chosen);
    size_t n = 0;
    for (size_t i = 0; i < d->resource_count; i++) {
        const struct kube_resource *r = &d->resources[i];
        if (!r->preferred || !(r->verbs & KUBE_VERB_LIST))
            continue;
        lists[n] = (struct kube_list){
            .ref = {.group = r->group, .version = r->version, .resource = r->resource}};
        chosen[n] = &lists[n];
        n++;
    }
    size_t failed = kube_list_run_all(c, chosen, n);
    for (size_t i = 0; i < n; i++)
        printf("%s\t%s\t%zu\t%s\n", lists[i].ref.group, lists[i].ref.resource, lists[i].count,
               lists[i].err.msg);
    printf("lists\t%zu\tfailed\t%zu\n", n, failed);
    free(lists);
    free(chosen);
    return 0;
}

static int on_event(void *ctx, const struct kube_watch_event *e, struct err *err)
{
    static const char *const names[] = {"RESET",   "SYNCED",   "ADDED",   "MODIFIED",
                                        "DELETED", "BOOKMARK", "TROUBLE", "OPEN"};
    (void)ctx, (void)err;
    printf("%s\t%.*s\t%.*s%s\n", names[e->type], SV_ARG(e->resource_version),
           SV_ARG(doc_get_string(doc_get(e->item.root, "metadata"), "name")),
           e->err ? e->err->msg : "");
    fflush(stdout);
    return 0;
}

static int do_watch(struct kube_client *c, char **argv, int argc, struct err *err)
{
    struct kube_watch w = {
        .ref = ref_of(argv, 6), .resource_version = arg(argv, argc, 6), .on_event = on_event};
    struct kube_watch *const all[] = {&w};
    const struct kube_watch_options options = {.deadline_ms = (unsigned)strtoul(argv[7], NULL, 10)};
    int result = kube_watch_run(c, all, 1, &options, err);
    printf("end\t%s\tlists %zu\tconnects %zu\n", w.last_version, w.lists, w.connects);
    return result;
}

static int do_get(struct kube_client *c, const struct kube_ref *ref, struct err *err)
{
    struct kube_object o = {0};
    int result = kube_get(c, ref, &o, err);
    if (result == 0)
        printf("%.*s\n", SV_ARG(str_sv(&o.text)));
    kube_object_release(&o);
    return result;
}

static int do_can_i(struct kube_client *c, const struct kube_ref *ref, struct err *err)
{
    bool allowed;
    if (kube_can_i(c, "list", ref, &allowed, err))
        return -1;
    puts(allowed ? "yes" : "no");
    return 0;
}

static int do_write(struct kube_client *c, char **argv, int argc, struct err *err)
{
    struct kube_ref ref = ref_of(argv, argc);
    struct kube_object o = {0};
    const struct kube_write_options options = {.dry_run = arg(argv, argc, 8) != NULL};
    struct sv body = sv_of(argv[7]);
    int result;
    if (strcmp(argv[1], "create") == 0)
        result = kube_create(c, &ref, body, &options, &o, err);
    else
        result =
            kube_patch(c, &ref, strcmp(argv[1], "merge") == 0 ? KUBE_PATCH_MERGE : KUBE_PATCH_APPLY,
                       body, &options, &o, err);
    if (result == 0)
        printf("%.*s\n", SV_ARG(doc_get_string(doc_get(o.root, "metadata"), "resourceVersion")));
    kube_object_release(&o);
    return result;
}

static bool on_line(void *ctx, struct sv line)
{
    (void)ctx;
    printf("%.*s\n", SV_ARG(line));
    return true;
}

static int run(struct kube_client *c, int argc, char **argv, struct err *err)
{
    const char *verb = argc > 1 ? argv[1] : "";
    struct kube_ref ref = ref_of(argv, argc);
    if (strcmp(verb, "version") == 0)
        return do_version(c, err);
    if (strcmp(verb, "discover") == 0)
        return do_discover(c, err);
    if (strcmp(verb, "list-all") == 0)
        return do_list_all(c, err);
    if (strcmp(verb, "lines") == 0 && argc == 3)
        return kube_get_lines(c, argv[2], on_line, NULL, err);
    if (strcmp(verb, "list") == 0 && argc >= 5)
        return do_list(c, argv, argc, err);
    if (strcmp(verb, "list-pausing") == 0 && argc >= 8)
        return do_list_pausing(c, argv, argc, err);
    if (strcmp(verb, "watch") == 0 && argc == 8)
        return do_watch(c, argv, argc, err);
    if (strcmp(verb, "get") == 0 && argc == 7)
        return do_get(c, &ref, err);
    if (strcmp(verb, "delete") == 0 && argc == 7)
        return kube_delete(c, &ref, NULL, err);
    if (strcmp(verb, "can-i-list") == 0 && argc >= 5)
        return do_can_i(c, &ref, err);
    if (argc >= 8 &&
        (strcmp(verb, "apply") == 0 || strcmp(verb, "create") == 0 || strcmp(verb, "merge") == 0))
        return do_write(c, argv, argc, err);
    return err_set(err, ERR_USAGE, "unknown words: %s", verb);
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct kube_client *c = NULL;
    int result = kube_client_new(NULL, NULL, &c, &err);
    if (result == 0)
        result = run(c, argc, argv, &err);
    const char *const *notes;
    for (size_t i = 0, n = c ? kube_client_notes(c, &notes) : 0; i < n; i++)
        printf("note\t%s\n", notes[i]);
    if (result)
        printf("error: %s: %s\nhint: %s\n", err_class_name(err.class), err.msg, err.hint);
    kube_client_free(c);
    return result ? 1 : 0;
}
