#include "base/must.h"
#include "pocket/api_internal.h"

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: an escape is wrong. */
static bool decode(struct arena *a, struct sv text, bool plus, struct sv *out)
{
    char *to = mem_must(arena_alloc(a, text.len + 1));
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_of(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_of(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        to[n++] = plus && text.ptr[i] == '+' ? ' ' : c;
    }
    *out = sv_n(to, n);
    return true;
}

static bool split_query(struct api_call *call)
{
    struct sv rest = call->request->query;
    while (rest.ptr) {
        struct sv value = sv_split(&rest, '&');
        struct sv key = sv_split(&value, '=');
        struct api_param param;
        if (!decode(&call->arena, key, true, &param.key) ||
            !decode(&call->arena, value.ptr ? value : SV(""), true, &param.value))
            return false;
        must_push(&call->params, param);
    }
    return true;
}

bool api_path_split(struct api_call *call)
{
    struct sv rest = call->request->path;
    while (rest.ptr) {
        struct sv part = sv_split(&rest, '/');
        if (part.len == 0)
            continue;
        struct sv decoded;
        if (!decode(&call->arena, part, false, &decoded))
            return false;
        must_push(&call->parts, decoded);
    }
    return split_query(call);
}

static struct sv part_at(const struct api_call *call, size_t i)
{
    return i < call->parts.len ? call->parts.items[i] : SV_NONE;
}

bool api_path_resource(struct api_call *call)
{
    bool core = sv_is(part_at(call, 0), "api");
    if (!core && !sv_is(part_at(call, 0), "apis"))
        return false;
    size_t i = core ? 2 : 3;
    if (call->parts.len <= i || call->parts.len > i + 5)
        return false;
    call->group = core ? SV("") : part_at(call, 1);
    call->version = part_at(call, i - 1);
    call->ns = SV_NONE;
    if (sv_is(part_at(call, i), "namespaces") && call->parts.len > i + 2 &&
        !(call->parts.len == i + 3 &&
          (sv_is(part_at(call, i + 2), "status") || sv_is(part_at(call, i + 2), "finalize")))) {
        call->ns = part_at(call, i + 1);
        i += 2;
    }
    call->plural = part_at(call, i);
    call->name = part_at(call, i + 1);
    call->sub = part_at(call, i + 2);
    return call->parts.len <= i + 3;
}

struct sv api_param(const struct api_call *call, const char *key)
{
    vec_foreach(param, &call->params)
        if (sv_is(param->key, key))
            return param->value;
    return SV_NONE;
}

bool api_param_true(const struct api_call *call, const char *key)
{
    struct sv v = api_param(call, key);
    return sv_is(v, "1") || sv_is(v, "true") || sv_is(v, "True") || sv_is(v, "t");
}
