#include "kube/list.h"

#include "kube/call.h"
#include "kube/page.h"

#include <inttypes.h>

#define PAGE_BYTES_WANTED ((size_t)16 << 20)
#define RESTARTS_MAX 3
#define BROKEN_MAX 2

/* One list under way. */
struct lister {
    struct kube_list *list;
    struct kube_client *client;
    struct kube_call call;
    struct str token; /* continue */
    unsigned page;    /* items asked for */
    unsigned restarts;
    unsigned broken; /* answers that were not whole, in a row */
};

#define METADATA_OF(kind) "application/json;as=" kind ";g=meta.k8s.io;v=v1"

static const char *const shapes[] = {
    [KUBE_LIST_FULL] = KUBE_JSON,
    [KUBE_LIST_METADATA] = METADATA_OF("PartialObjectMetadataList"),
    [KUBE_LIST_TABLE] = METADATA_OF("Table"),
};

static void ask(struct lister *l)
{
    const struct kube_list *list = l->list;
    char limit[16];
    snprintf(limit, sizeof limit, "%u", l->page);
    kube_call_of_ref(&l->call, "list", &list->ref);
    kube_call_query(&l->call, "limit", limit);
    kube_call_query(&l->call, "continue", str_c(&l->token));
    kube_call_query(&l->call, "labelSelector", list->label_selector);
    kube_call_query(&l->call, "fieldSelector", list->field_selector);
    /* A token carries its own version. */
    if (l->token.len == 0)
        kube_call_query(&l->call, "resourceVersion", list->resource_version);
    kube_call_again(&l->call);
}

/* --- items -------------------------------------------------------------------------------- */

static struct sv or_else(struct sv own, struct sv other)
{
    return own.len ? own : other;
}

/* "DeploymentList" is a list of "Deployment". */
static struct sv item_kind(const struct kube_page *page)
{
    if (sv_ends(page->kind, "List") && page->kind.len > 4)
        return sv_n(page->kind.ptr, page->kind.len - 4);
    return SV_NONE;
}

static int give_item(struct lister *l, const struct kube_page *page, struct sv text,
                     struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    struct kube_item item = {
        .text = text, .api_version = page->api_version, .kind = item_kind(page)};
    if (!l->list->text_only) {
        if (doc_parse_json(&doc, "answer", text, NULL, err)) {
            if (err)
                err->class = ERR_REMOTE;
            return err_wrap(err, "%s: item %zu of the answer", l->call.what, l->list->count + 1);
        }
        item.doc = &doc;
        item.root = doc.part_count ? doc.parts[0].root : NULL;
        item.api_version = or_else(doc_get_string(item.root, "apiVersion"), page->api_version);
        item.kind = or_else(doc_get_string(item.root, "kind"), item.kind);
    }
    l->list->count++;
    if (!l->list->on_item || l->list->on_item(l->list->ctx, &item, err) == 0)
        return 0;
    if (err && err->class == ERR_NONE)
        err_set(err, ERR_BUG, "%s: stopped without a reason", l->call.what);
    return -1;
}

static int give_items(struct lister *l, const struct kube_page *page, struct err *err)
{
    struct sv rest = page->items;
    struct sv item;
    while (rest.ptr && kube_page_next(&rest, &item))
        if (give_item(l, page, item, err))
            return -1;
    return 0;
}

/* --- pages -------------------------------------------------------------------------------- */

/* Large items come in smaller pages, so that a page stays small. */
static void adapt_page(struct lister *l, size_t bytes)
{
    if (l->list->page || bytes <= PAGE_BYTES_WANTED)
        return;
    uint64_t fitting = (uint64_t)l->page * PAGE_BYTES_WANTED / bytes;
    l->page = fitting > 10 ? (unsigned)fitting : 10;
}

static int read_metadata(struct lister *l, struct sv text, struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    str_reset(&l->token);
    if (!text.ptr)
        return 0;
    if (doc_parse_json(&doc, "answer", text, NULL, err))
        return err_wrap(err, "%s: metadata of the answer", l->call.what);
    const struct doc_node *root = doc.part_count ? doc.parts[0].root : NULL;
    struct sv version = doc_get_string(root, "resourceVersion");
    snprintf(l->list->resource_version_out, sizeof l->list->resource_version_out, "%.*s",
             SV_ARG(version));
    str_addv(&l->token, doc_get_string(root, "continue"));
    return str_ok(&l->token)
               ? 0
               : err_set(err, ERR_LIMIT, "%s: continue token of more than 1 MiB", l->call.what);
}

/* 1: it is not whole, and nothing of it was given on. */
static int take_page(struct lister *l, struct err *err)
{
    struct kube_page page;
    struct sv text = str_sv(&l->call.response.body);
    if (kube_page_parse(text, &page, err)) {
        err_wrap(err, "%s", l->call.what);
        err_hint(err,
                 "try again; when it stays so, see what stands between here and the API server");
        return 1;
    }
    l->broken = 0;
    if (!sv_ends(page.kind, "List") && !sv_is(page.kind, "Table"))
        return err_set(err, ERR_REMOTE, "%s: the answer is no list", l->call.what);
    if (give_items(l, &page, err) || read_metadata(l, page.metadata, err))
        return -1;
    adapt_page(l, text.len);
    return 0;
}

/* --- when the server lost the snapshot ------------------------------------------------------ */

static bool restart(struct lister *l)
{
    if (!l->list->on_restart || l->restarts >= RESTARTS_MAX)
        return false;
    l->restarts++;
    l->list->count = 0;
    l->list->inconsistent = false;
    l->list->on_restart(l->list->ctx);
    str_reset(&l->token);
    return true;
}

/* 410: the token is too old. Anew when the caller can take that, else on with the token for what is
 * there now, which comes along with the refusal. */
static bool mend_gone(struct lister *l)
{
    bool restarted = restart(l);
    if (!restarted) {
        str_reset(&l->token);
        if (!kube_status_continue(str_sv(&l->call.response.body), &l->token))
            return false;
        l->list->inconsistent = true;
    }
    ask(l);
    return true;
}

/* A page that is larger than we take: fewer items do. */
static bool mend_size(struct lister *l)
{
    if (l->call.response.outcome != HTTP_TOO_LARGE || l->page <= 1)
        return false;
    l->page = l->page / 8 ? l->page / 8 : 1;
    ask(l);
    return true;
}

static bool on_page(struct kube_call *call)
{
    struct lister *l = call->owner;
    struct kube_list *list = l->list;
    if (call->result) {
        if (call->err.http_status == 410 && l->token.len && mend_gone(l))
            return true;
        if (mend_size(l))
            return true;
        list->err = call->err;
        list->retry_after_s = kube_call_retry_after(call);
        list->result = -1;
        return false;
    }
    int taken = take_page(l, &list->err);
    bool once_more = taken > 0 && ++l->broken <= BROKEN_MAX;
    list->result = once_more ? 0 : -(taken != 0);
    if (once_more)
        err_clear(&list->err);
    if (!once_more && (taken || l->token.len == 0))
        return false;
    ask(l);
    return true;
}

/* --- running ------------------------------------------------------------------------------ */

static void lister_init(struct lister *l, struct kube_client *c, struct kube_list *list)
{
    *l = (struct lister){
        .list = list, .client = c, .page = list->page ? list->page : KUBE_LIST_PAGE};
    l->call = (struct kube_call){.method = "GET",
                                 .idempotent = true,
                                 .accept = shapes[list->shape],
                                 .on_done = on_page,
                                 .owner = l};
    kube_call_init(&l->call);
    str_init(&l->token, 1 << 20);
    list->count = 0;
    list->inconsistent = false;
    list->retry_after_s = 0;
    list->resource_version_out[0] = '\0';
    list->result = 0;
    err_clear(&list->err);
    ask(l);
}

static void lister_release(struct lister *l)
{
    kube_call_release(&l->call);
    str_release(&l->token);
}

size_t kube_list_run_all(struct kube_client *c, struct kube_list *const *lists, size_t count)
{
    size_t failed = 0;
    _cleanup_free_ struct lister *listers = calloc(count ? count : 1, sizeof *listers);
    _cleanup_free_ struct kube_call **calls = calloc(count ? count : 1, sizeof *calls);
    if (!listers || !calls) {
        for (size_t i = 0; i < count; i++)
            lists[i]->result = err_nomem(&lists[i]->err, "lists");
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        lister_init(&listers[i], c, lists[i]);
        calls[i] = &listers[i].call;
    }
    kube_calls_run(c, calls, count);
    for (size_t i = 0; i < count; i++) {
        failed += lists[i]->result != 0;
        lister_release(&listers[i]);
    }
    return failed;
}

int kube_list_run(struct kube_client *c, struct kube_list *list, struct err *err)
{
    kube_list_run_all(c, &list, 1);
    if (list->result && err)
        *err = list->err;
    return list->result;
}
