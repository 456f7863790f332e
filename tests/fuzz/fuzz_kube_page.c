/* An answer to a list: cutting it into items agrees with parsing it whole, wherever that succeeds.
 */
#include "fuzz.h"

#include "doc/doc.h"
#include "kube/page.h"
#include "kube/status.h"

static const struct kube_asked asked = {
    .what = "list x", .can_i = "list x", .server = "https://h", .user = "u"};

static size_t count_items(const struct kube_page *page)
{
    struct sv rest = page->items;
    struct sv item;
    size_t n = 0;
    while (rest.ptr && kube_page_next(&rest, &item))
        n++;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    struct kube_page page;
    struct err err = {0};
    struct err ignored = {0};
    _cleanup_doc_ struct doc_file doc = {0};
    _cleanup_str_ struct str words = {0};
    int cut = kube_page_parse(text, &page, &err);
    size_t items = cut == 0 ? count_items(&page) : 0;
    if (doc_parse_json(&doc, "f", text, NULL, &ignored) == 0 && doc.part_count &&
        doc.parts[0].root && doc.parts[0].root->type == DOC_MAP) {
        const struct doc_node *root = doc.parts[0].root;
        if (cut != 0)
            abort();
        bool plain =
            !memchr(text.ptr, '\\', text.len) && !doc_get(root, "rows") && doc_count(root) < 8;
        /* Of duplicate keys the last counts in both, unless it is no list in one of them. */
        if (plain && page.items.ptr && doc_get(root, "items") &&
            doc_get(root, "items")->type == DOC_SEQ && doc_count(doc_get(root, "items")) != items)
            abort();
    }
    kube_status_err(403, text, &asked, &err);
    str_init(&words, 0);
    kube_warning_parse(text, &words);
    return 0;
}
