#include "pocket/show/openapi.h"

#include "base/must.h"
#include "pocket/api_internal.h"

#define V3_FROM 24 /* the minor version that has it without a gate */

typedef VEC(struct openapi_custom) custom_vec;

static void customs_of(const struct kinds *kinds, custom_vec *out)
{
    const struct kind *kind;
    for (size_t i = 0; (kind = kinds_at(kinds, i)); i++)
        if (kind->custom && !kind->gone) {
            const struct openapi_custom custom = {kind->group, kind->version, kind->kind,
                                                  kind->schema};
            must_push(out, custom);
        }
}

static void make_second(struct api_call *call, const struct openapi *o)
{
    struct api_openapi *kept = &call->api->openapi;
    const struct doc_node *document = openapi_v2(&call->arena, o);
    str_reset(&kept->json);
    str_reset(&kept->protobuf);
    value_write(document, &kept->json);
    openapi_v2_protobuf(document, &kept->protobuf);
    kept->made = kinds_changes(call->api->kinds);
}

#define PROTOBUF "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

/* What kubectl before 1.27 asks for is no media type that it could read in an answer. */
static bool protobuf_wanted(struct sv accept)
{
    while (accept.ptr) {
        struct api_media media = api_media_next(&accept);
        if (sv_is(media.type, PROTOBUF) ||
            sv_is(media.type, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"))
            return true;
        if (sv_is(media.type, "application/json") || sv_is(media.type, "*/*"))
            break;
    }
    return false;
}

static void answer_second(struct api_call *call, const struct openapi *o)
{
    const struct api_openapi *kept = &call->api->openapi;
    bool protobuf = protobuf_wanted(call->request->accept);
    if (kept->made != kinds_changes(call->api->kinds))
        make_second(call, o);
    call->answer->status = 200;
    call->answer->content_type = protobuf ? PROTOBUF : "application/json";
    str_addv(&call->answer->body, str_sv(protobuf ? &kept->protobuf : &kept->json));
}

static struct sv part(const struct api_call *call, size_t i)
{
    return i < call->parts.len ? call->parts.items[i] : SV_NONE;
}

static struct doc_node *third(struct api_call *call, const struct openapi *o)
{
    size_t n = call->parts.len;
    if (n == 2)
        return openapi_v3_index(
            &call->arena, o,
            sv_of(mem_must(arena_fmt(&call->arena, "%lu", kinds_changes(call->api->kinds)))));
    if (sv_is(part(call, 2), "api") && n == 4)
        return openapi_v3(&call->arena, o, SV(""), part(call, 3));
    if (sv_is(part(call, 2), "apis") && n == 5)
        return openapi_v3(&call->arena, o, part(call, 3), part(call, 4));
    return NULL;
}

bool api_openapi(struct api_call *call, const struct discovery *d)
{
    custom_vec customs = {0};
    customs_of(call->api->kinds, &customs);
    const struct openapi o = {d, customs.items, customs.len};
    const struct doc_node *page = NULL;
    bool second = sv_is(part(call, 1), "v2") && call->parts.len == 2;
    if (second)
        answer_second(call, &o);
    else if (sv_is(part(call, 1), "v3") && call->api->minor >= V3_FROM)
        page = third(call, &o);
    if (page)
        api_answer_node(call, 200, page);
    vec_release(&customs);
    return second || page;
}

void api_openapi_release(struct api_openapi *o)
{
    str_release(&o->json);
    str_release(&o->protobuf);
}
