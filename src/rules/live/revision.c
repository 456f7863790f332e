#include "rules/live/revision.h"

#include "base/base64.h"

#include <zlib.h>

static bool decode_base64(struct sv text, struct str *out)
{
    size_t len;
    char *to = str_room(out, base64_room(text));
    if (!to || !base64_decode(text, to, &len) || !len)
        return false;
    out->len += len;
    out->data[out->len] = '\0';
    return true;
}

static bool is_gzip(struct sv v)
{
    return v.len > 3 && memcmp(v.ptr, "\x1f\x8b\x08", 3) == 0;
}

static bool is_json(struct sv v)
{
    v = sv_trim(v);
    return v.len && v.ptr[0] == '{';
}

static int too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "unpacks to more than %zu MiB", REVISION_UNPACKED_MAX >> 20);
}

static int inflate_into(z_stream *z, struct str *out, struct err *err)
{
    for (int state = Z_OK; state != Z_STREAM_END;) {
        size_t room = 64 << 10;
        char *to = str_room(out, room);
        if (!to)
            return too_large(err);
        z->next_out = (unsigned char *)to;
        z->avail_out = (unsigned)room;
        state = inflate(z, Z_NO_FLUSH);
        out->len += room - z->avail_out;
        if (state != Z_OK && state != Z_STREAM_END)
            return err_set(err, ERR_INPUT, "the packed release is damaged");
    }
    return 0;
}

static int gunzip(struct sv packed, struct str *out, struct err *err)
{
    z_stream z = {.next_in = (unsigned char *)packed.ptr, .avail_in = (unsigned)packed.len};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return err_nomem(err, "unpacking a release");
    int result = inflate_into(&z, out, err);
    inflateEnd(&z);
    return result;
}

/* From what the object holds to JSON. */
static int unpack(struct sv data, struct str *json, struct err *err)
{
    _cleanup_str_ struct str once = {0}, twice = {0};
    str_init(&once, REVISION_PACKED_MAX);
    str_init(&twice, REVISION_PACKED_MAX);
    str_init(json, REVISION_UNPACKED_MAX);
    if (data.len > REVISION_PACKED_MAX)
        return err_set(err, ERR_LIMIT, "is larger than %zu MiB", REVISION_PACKED_MAX >> 20);
    if (!decode_base64(data, &once))
        return err_set(err, ERR_INPUT, "is not base64");
    struct sv packed = str_sv(&once);
    if (!is_gzip(packed) && !is_json(packed)) {
        if (!decode_base64(packed, &twice))
            return err_set(err, ERR_INPUT, "holds neither gzip nor JSON");
        packed = str_sv(&twice);
    }
    if (is_gzip(packed))
        return gunzip(packed, json, err);
    if (!is_json(packed))
        return err_set(err, ERR_INPUT, "holds neither gzip nor JSON");
    str_addv(json, packed);
    return str_ok(json) ? 0 : err_nomem(err, "unpacking a release");
}

static void read_fields(struct revision *r, const struct doc_node *root)
{
    const struct doc_node *info = doc_get(root, "info");
    const struct doc_node *chart = doc_at(root, "chart.metadata");
    const struct doc_node *number = doc_get(root, "version");
    r->name = doc_get_string(root, "name");
    r->namespace = doc_get_string(root, "namespace");
    r->status = doc_get_string(info, "status");
    r->deployed = doc_get_string(info, "last_deployed");
    r->chart = doc_get_string(chart, "name");
    r->chart_version = doc_get_string(chart, "version");
    r->app_version = doc_get_string(chart, "appVersion");
    r->number = number && number->type == DOC_INT ? number->integer : 0;
    r->manifest = doc_get_string(root, "manifest");
    r->hooks = doc_get(root, "hooks");
}

int revision_decode(struct sv data, struct revision *out, struct err *err)
{
    struct err inner = {0};
    *out = (struct revision){0};
    if (unpack(data, &out->text, err) < 0)
        return -1;
    /* A message of the parser could quote the content. */
    if (doc_parse_json(&out->doc, "release", str_sv(&out->text), NULL, &inner) < 0)
        return err_set(err, inner.class, "holds no well-formed JSON");
    const struct doc_node *root = out->doc.part_count ? out->doc.parts[0].root : NULL;
    if (!root || root->type != DOC_MAP || !doc_get_string(root, "manifest").ptr ||
        !doc_get_string(root, "name").len)
        return err_set(err, ERR_INPUT, "holds no Helm release: name or manifest is missing");
    read_fields(out, root);
    return 0;
}

void revision_release(struct revision *r)
{
    if (!r)
        return;
    doc_release(&r->doc);
    str_release(&r->text);
    *r = (struct revision){0};
}
