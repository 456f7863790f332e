#include "store/lease_item.h"

#include "base/jsonw.h"
#include "doc/pull.h"

void lease_item_format(const struct lease_item *item, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_bool(&w, "held", item->held);
    if (item->held) {
        jsonw_kv_str(&w, "who", item->holder.who);
        jsonw_kv_int(&w, "since", item->since);
        jsonw_kv_int(&w, "ttl_ms", item->ttl_ms);
        jsonw_kv_str(&w, "note", item->note);
        jsonw_kv_int(&w, "pid", item->holder.pid);
        jsonw_kv_int(&w, "start", (long long)item->holder.start);
        jsonw_kv_str(&w, "boot", item->holder.boot);
        jsonw_kv_str(&w, "pid_space", item->holder.pid_space);
    }
    jsonw_object_end(&w);
}

static bool take_text(struct pull *p, char *to, size_t cap)
{
    struct sv text;
    if (!pull_string(p, &text))
        return false;
    snprintf(to, cap, "%.*s", SV_ARG(text));
    return true;
}

static bool take_member(struct pull *p, struct sv key, struct lease_item *out)
{
    int64_t number;
    if (sv_is(key, "held"))
        return pull_bool(p, &out->held);
    if (sv_is(key, "who"))
        return take_text(p, out->holder.who, sizeof out->holder.who);
    if (sv_is(key, "since"))
        return pull_i64(p, &out->since);
    if (sv_is(key, "ttl_ms"))
        return pull_i64(p, &out->ttl_ms) && out->ttl_ms > 0;
    if (sv_is(key, "note"))
        return take_text(p, out->note, sizeof out->note);
    if (sv_is(key, "pid"))
        return pull_i64(p, &out->holder.pid);
    if (sv_is(key, "boot"))
        return take_text(p, out->holder.boot, sizeof out->holder.boot);
    if (sv_is(key, "pid_space"))
        return take_text(p, out->holder.pid_space, sizeof out->holder.pid_space);
    if (sv_is(key, "start")) {
        bool ok = pull_i64(p, &number);
        out->holder.start = ok ? (uint64_t)number : 0;
        return ok;
    }
    pull_skip(p);
    return true;
}

bool lease_item_parse(struct sv text, struct lease_item *out)
{
    _cleanup_arena_ struct arena a = {0};
    struct pull p;
    struct sv key;
    bool ok = true;
    *out = (struct lease_item){0};
    pull_init(&p, text, &a);
    if (!pull_map(&p))
        return false;
    while (pull_key(&p, &key))
        ok = take_member(&p, key, out) && ok;
    return ok && pull_ok(&p) && pull_done(&p) && (!out->held || out->ttl_ms > 0);
}
