#include "pocket/proto.h"

#include "base/base64.h"
#include "base/must.h"
#include "base/timestamp.h"
#include "pocket/outline.h"

#define MAGIC "k8s\0"
#define MAGIC_LEN ((size_t)4)
#define DEPTH_MAX 48 /* no type of Kubernetes is half as deep */

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* One field of a message. */
struct part {
    uint64_t number, value; /* value: of numbers */
    enum wire wire;
    struct sv bytes;
};

struct reader {
    struct arena *a;
    unsigned depth;
    bool wrong;
};

static bool varint(struct sv *rest, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && rest->len; shift += 7) {
        unsigned char byte = (unsigned char)*rest->ptr;
        *rest = sv_n(rest->ptr + 1, rest->len - 1);
        *out |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

static bool fixed(struct sv *rest, size_t size, uint64_t *out)
{
    *out = 0;
    if (rest->len < size)
        return false;
    for (size_t i = 0; i < size; i++)
        *out |= (uint64_t)(unsigned char)rest->ptr[i] << 8 * i;
    *rest = sv_n(rest->ptr + size, rest->len - size);
    return true;
}

/* The next field of a message; false at its end or, with r->wrong, where it is broken. */
static bool next_part(struct reader *r, struct sv *rest, struct part *out)
{
    uint64_t key;
    *out = (struct part){0};
    if (!rest->len || r->wrong)
        return false;
    bool ok = varint(rest, &key);
    out->number = key >> 3;
    out->wire = key & 7;
    if (out->wire == WIRE_VARINT)
        ok = ok && varint(rest, &out->value);
    else if (out->wire == WIRE_FIXED64 || out->wire == WIRE_FIXED32)
        ok = ok && fixed(rest, out->wire == WIRE_FIXED64 ? 8 : 4, &out->value);
    else if (out->wire == WIRE_BYTES && ok && varint(rest, &out->value) &&
             out->value <= rest->len) {
        out->bytes = sv_n(rest->ptr, (size_t)out->value);
        *rest = sv_n(rest->ptr + out->value, rest->len - (size_t)out->value);
    } else
        ok = false;
    r->wrong = !ok;
    return ok;
}

/* ---- types that JSON writes as a scalar ---- */

static struct doc_node *quantity(struct reader *r, struct sv bytes)
{
    struct part p;
    struct sv text = SV("");
    while (next_part(r, &bytes, &p))
        if (p.number == 1 && p.wire == WIRE_BYTES)
            text = p.bytes;
    return value_text(r->a, text);
}

static struct doc_node *int_or_string(struct reader *r, struct sv bytes)
{
    struct part p;
    struct sv text = SV("");
    uint64_t type = 0, number = 0;
    while (next_part(r, &bytes, &p))
        if (p.number == 1)
            type = p.value;
        else if (p.number == 2)
            number = p.value;
        else if (p.number == 3 && p.wire == WIRE_BYTES)
            text = p.bytes;
    return type ? value_text(r->a, text) : value_int(r->a, (int32_t)number);
}

static struct doc_node *time_of(struct reader *r, struct sv bytes, bool micro)
{
    struct part p;
    char buf[TIMESTAMP_TEXT_MAX];
    uint64_t seconds = 0, nanos = 0;
    bool empty = bytes.len == 0;
    while (next_part(r, &bytes, &p))
        if (p.number == 1)
            seconds = p.value;
        else if (p.number == 2)
            nanos = p.value % 1000000000;
    if (empty)
        return NULL;
    struct sv text = sv_of(timestamp_format((int64_t)seconds, buf));
    if (!micro || !text.len)
        return value_text(r->a, text);
    return value_text(r->a, sv_of(mem_must(arena_fmt(r->a, "%.*s.%06uZ", (int)text.len - 1,
                                                     text.ptr, (unsigned)(nanos / 1000)))));
}

/* A message that holds JSON. */
static struct doc_node *raw_json(struct reader *r, struct sv bytes)
{
    struct part p;
    struct sv text = SV_NONE;
    while (next_part(r, &bytes, &p))
        if (p.number == 1 && p.wire == WIRE_BYTES)
            text = p.bytes;
    if (!text.len)
        return NULL;
    _cleanup_doc_ struct doc_file file = {0};
    struct err err = {0};
    if (doc_parse_json(&file, "raw", text, NULL, &err) != 0 || !file.part_count) {
        r->wrong = true;
        return NULL;
    }
    return value_clone(r->a, file.parts[0].root);
}

static struct doc_node *bytes_text(struct reader *r, struct sv bytes)
{
    _cleanup_str_ struct str text = {0};
    base64_encode(bytes, &text);
    return value_text(r->a, str_sv(&text));
}

/* ---- messages ---- */

static void read_message(struct reader *r, const char *type, const char *prefix, struct sv bytes,
                         struct doc_node *out);

static bool is_word(const char *of, const char *end)
{
    size_t n = strlen(of), m = strlen(end);
    return n >= m && strcmp(of + n - m, end) == 0;
}

/* A value of a message type; NULL: it says nothing. */
static struct doc_node *read_typed(struct reader *r, const char *of, struct sv bytes)
{
    if (is_word(of, ".api.resource.Quantity"))
        return quantity(r, bytes);
    if (is_word(of, ".intstr.IntOrString"))
        return int_or_string(r, bytes);
    if (is_word(of, ".meta.v1.Time") || is_word(of, ".meta.v1.MicroTime"))
        return time_of(r, bytes, is_word(of, ".MicroTime"));
    if (is_word(of, ".runtime.RawExtension") || is_word(of, ".meta.v1.FieldsV1"))
        return raw_json(r, bytes);
    struct doc_node *out = value_map(r->a);
    read_message(r, of, "", bytes, out);
    return out;
}

static struct doc_node *read_scalar(struct reader *r, const char *of, const struct part *p)
{
    if (strncmp(of, "integer", 7) == 0)
        return value_int(r->a,
                         strcmp(of, "integer:int32") == 0 ? (int32_t)p->value : (int64_t)p->value);
    if (strcmp(of, "boolean") == 0)
        return value_bool(r->a, p->value != 0);
    if (p->wire != WIRE_BYTES)
        return NULL;
    if (strcmp(of, "string:byte") == 0)
        return bytes_text(r, p->bytes);
    return strncmp(of, "string", 6) == 0 ? value_text(r->a, p->bytes) : read_typed(r, of, p->bytes);
}

/* The value of a map: a list is a message around its items. */
static struct doc_node *read_value(struct reader *r, const char *of, const struct part *p)
{
    if (strncmp(of, "[]", 2) != 0)
        return read_scalar(r, of, p);
    struct doc_node *list = value_list(r->a);
    struct sv rest = p->bytes;
    struct part item;
    while (next_part(r, &rest, &item)) {
        struct doc_node *one = read_scalar(r, of + 2, &item);
        if (one)
            value_push(r->a, list, one);
    }
    return list;
}

static void read_entry(struct reader *r, const char *of, struct sv bytes, struct doc_node *map)
{
    struct part p;
    struct sv key = SV("");
    struct doc_node *value = NULL;
    while (next_part(r, &bytes, &p))
        if (p.number == 1)
            key = p.bytes.ptr ? p.bytes : SV("");
        else if (p.number == 2)
            value = read_value(r, of, &p);
    value_set(r->a, map, key, value ? value : value_text(r->a, SV("")));
}

/* Clients write every plain field of their types, the empty ones too, which JSON leaves out. Of
 * those that may be missing a zero says something. */
static bool says_something(const struct outline_field *row, const struct doc_node *value)
{
    static const char *const optional[] = {"activeDeadlineSeconds",
                                           "allowPrivilegeEscalation",
                                           "allowVolumeExpansion",
                                           "attachRequired",
                                           "automountServiceAccountToken",
                                           "backoffLimit",
                                           "blockOwnerDeletion",
                                           "completions",
                                           "controller",
                                           "defaultMode",
                                           "enableServiceLinks",
                                           "failedJobsHistoryLimit",
                                           "fsGroup",
                                           "gracePeriodSeconds",
                                           "hostUsers",
                                           "immutable",
                                           "maxReplicas",
                                           "minReplicas",
                                           "mode",
                                           "optional",
                                           "orphanDependents",
                                           "parallelism",
                                           "partition",
                                           "podInfoOnMount",
                                           "priority",
                                           "privileged",
                                           "progressDeadlineSeconds",
                                           "readOnlyRootFilesystem",
                                           "ready",
                                           "replicas",
                                           "revisionHistoryLimit",
                                           "runAsGroup",
                                           "runAsNonRoot",
                                           "runAsUser",
                                           "serving",
                                           "setHostnameAsFQDN",
                                           "shareProcessNamespace",
                                           "startingDeadlineSeconds",
                                           "storageClassName",
                                           "successfulJobsHistoryLimit",
                                           "suspend",
                                           "terminationGracePeriodSeconds",
                                           "tolerationSeconds",
                                           "ttlSecondsAfterFinished"};
    bool zero = (value->type == DOC_STRING && value->text.len == 0) ||
                (value->type == DOC_INT && value->integer == 0) ||
                (value->type == DOC_BOOL && !value->boolean);
    if (!zero || row->required)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(optional); i++)
        if (strcmp(optional[i], row->field) == 0)
            return true;
    return false;
}

static struct doc_node *list_at(struct reader *r, struct doc_node *out, const char *field)
{
    struct doc_node *list = value_get(out, sv_of(field));
    if (list)
        return list;
    list = value_list(r->a);
    value_set(r->a, out, sv_of(field), list);
    return list;
}

static void read_field(struct reader *r, const struct outline_field *row, const struct part *p,
                       struct doc_node *out)
{
    if (strncmp(row->of, "map[]", 5) == 0) {
        read_entry(r, row->of + 5, p->bytes, value_need_map(r->a, out, sv_of(row->field)));
        return;
    }
    bool list = strncmp(row->of, "[]", 2) == 0;
    struct doc_node *value = read_scalar(r, list ? row->of + 2 : row->of, p);
    if (!value)
        return;
    if (list)
        value_push(r->a, list_at(r, out, row->field), value);
    else if (says_something(row, value))
        value_set(r->a, out, sv_of(row->field), value);
}

/* The part of `wire` behind `prefix`; NULL when it does not begin so. */
static const char *behind(const char *wire, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(wire, prefix, n) == 0 ? wire + n : NULL;
}

static void read_part(struct reader *r, const char *type, const char *prefix, const struct part *p,
                      struct doc_node *out)
{
    size_t count;
    char number[24];
    const struct outline_field *rows = outline_fields(type, &count);
    int n = snprintf(number, sizeof number, "%llu", (unsigned long long)p->number);
    for (size_t i = 0; i < count; i++) {
        const char *rest = behind(rows[i].wire, prefix);
        if (!rest || strncmp(rest, number, (size_t)n) != 0)
            continue;
        if (!rest[n]) {
            read_field(r, &rows[i], p, out);
            return;
        }
        if (rest[n] == '.' && p->wire == WIRE_BYTES) {
            const char *inner = mem_must(arena_fmt(r->a, "%s%s.", prefix, number));
            read_message(r, type, inner, p->bytes, out);
            return;
        }
    }
}

static void read_message(struct reader *r, const char *type, const char *prefix, struct sv bytes,
                         struct doc_node *out)
{
    struct part p;
    if (++r->depth > DEPTH_MAX)
        r->wrong = true;
    while (next_part(r, &bytes, &p))
        read_part(r, type, prefix, &p, out);
    r->depth--;
}

/* ---- the envelope ---- */

bool proto_is(struct sv body)
{
    return body.len >= MAGIC_LEN && memcmp(body.ptr, MAGIC, MAGIC_LEN) == 0;
}

struct envelope {
    struct sv api_version, kind, raw;
};

static struct envelope read_envelope(struct reader *r, struct sv rest)
{
    struct envelope e = {SV(""), SV(""), SV("")};
    struct part p, q;
    while (next_part(r, &rest, &p)) {
        if (p.number == 2 && p.wire == WIRE_BYTES)
            e.raw = p.bytes;
        struct sv meta = p.number == 1 ? p.bytes : SV("");
        while (next_part(r, &meta, &q))
            if (q.wire == WIRE_BYTES)
                *(q.number == 1 ? &e.api_version : &e.kind) = q.bytes;
    }
    return e;
}

struct doc_node *proto_parse(struct arena *a, struct sv body, struct err *err)
{
    struct reader r = {.a = a};
    struct doc_node *out = value_map(a);
    struct envelope e = {0};
    if (proto_is(body))
        e = read_envelope(&r, sv_n(body.ptr + MAGIC_LEN, body.len - MAGIC_LEN));
    struct outline outline = outline_of_kind(e.api_version, e.kind);
    if (e.kind.len && !outline.of) {
        err_set(err, ERR_NOT_FOUND, "no kind \"%.*s\" is registered for version \"%.*s\"",
                SV_ARG(e.kind), SV_ARG(e.api_version));
        return NULL;
    }
    if (outline.of)
        read_message(&r, outline.of, "", e.raw, out);
    if (r.wrong || !outline.of) {
        err_set(err, ERR_INPUT, "the protobuf message is cut off or wrong");
        return NULL;
    }
    value_set_text(a, out, "apiVersion", e.api_version);
    value_set_text(a, out, "kind", e.kind);
    return out;
}
