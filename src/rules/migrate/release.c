#include "rules/migrate/release.h"

#include "base/base64.h"
#include "base/jsonw.h"
#include "doc/edit.h"

#include <zlib.h>

#define DESCRIPTION                                                                                \
    "API versions migrated by toban; a rollback to an older revision brings them back"

static const struct doc_node *root_of(const struct revision *r)
{
    return r->doc.parts[0].root;
}

void release_manifests(const struct revision *r,
                       void (*see)(void *ctx, const struct doc_node *node, struct sv name),
                       void *ctx)
{
    const struct doc_node *manifest = doc_get(root_of(r), "manifest");
    if (doc_string(manifest).ptr)
        see(ctx, manifest, SV("manifest"));
    doc_each_item(hook, r->hooks) {
        const struct doc_node *text = doc_get(hook, "manifest");
        if (doc_string(text).ptr)
            see(ctx, text, doc_get_string(hook, "path"));
    }
}

static void set_text(struct edit_list *l, const struct doc_node *node, struct sv text)
{
    _cleanup_str_ struct str quoted = {0};
    str_init(&quoted, 0);
    if (!node)
        return;
    jsonw_quote(&quoted, text);
    edit_replace(l, node->span, str_sv(&quoted));
    l->failed |= quoted.failed;
}

static int apply(struct edit_list *l, const struct revision *r, struct str *json, struct err *err)
{
    if (edit_apply(l, str_sv(&r->text), json, err))
        return err_wrap(err, "the release");
    return str_ok(json) ? 0 : err_nomem(err, "the release");
}

int release_next(const struct revision *r, int64_t number, const char *now,
                 const struct release_text *texts, size_t count, struct str *json, struct err *err)
{
    _cleanup_edits_ struct edit_list l = {0};
    char digits[24];
    const struct doc_node *version = doc_get(root_of(r), "version");
    const struct doc_node *info = doc_get(root_of(r), "info");
    if (!version || !doc_get(info, "status"))
        return err_set(err, ERR_INPUT, "the stored release has no version or no status");
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    edit_replace(&l, version->span, sv_of(digits));
    set_text(&l, doc_get(info, "status"), SV("deployed"));
    set_text(&l, doc_get(info, "last_deployed"), sv_of(now));
    set_text(&l, doc_get(info, "description"), SV(DESCRIPTION));
    for (size_t i = 0; i < count; i++)
        set_text(&l, texts[i].node, texts[i].text);
    return apply(&l, r, json, err);
}

int release_superseded(const struct revision *r, struct str *json, struct err *err)
{
    _cleanup_edits_ struct edit_list l = {0};
    set_text(&l, doc_get(doc_get(root_of(r), "info"), "status"), SV("superseded"));
    return apply(&l, r, json, err);
}

static bool deflate_all(z_stream *z, struct sv json, struct str *out)
{
    size_t room = deflateBound(z, json.len);
    char *to = str_room(out, room);
    if (!to)
        return false;
    z->next_in = (unsigned char *)json.ptr;
    z->avail_in = (unsigned)json.len;
    z->next_out = (unsigned char *)to;
    z->avail_out = (unsigned)room;
    bool done = deflate(z, Z_FINISH) == Z_STREAM_END;
    out->len += room - z->avail_out;
    return done;
}

int release_pack(struct sv json, struct str *out, struct err *err)
{
    _cleanup_str_ struct str packed = {0};
    str_init(&packed, 0);
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return err_nomem(err, "packing the release");
    bool done = deflate_all(&z, json, &packed);
    deflateEnd(&z);
    if (!done)
        return err_nomem(err, "packing the release");
    base64_encode(str_sv(&packed), out);
    if (!str_ok(out))
        return err_nomem(err, "packing the release");
    if (out->len > RELEASE_PACKED_MAX)
        return err_set(err, ERR_LIMIT,
                       "the release packs to %zu bytes, more than fits into one object (%zu)",
                       out->len, RELEASE_PACKED_MAX);
    return 0;
}
