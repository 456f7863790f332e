/* Which action a request means, and its parameters as the action's struct. */
#include "base/must.h"
#include "pocket/aws/request.h"

struct sv request_decode(struct arena *arena, struct sv text)
{
    /* In a path '+' is itself, in a form it is a blank. */
    _cleanup_str_ struct str form = {0};
    str_adds(&form, "x=");
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '+')
            str_adds(&form, "%2B");
        else if (text.ptr[i] == '&')
            str_adds(&form, "%26");
        else
            str_addc(&form, text.ptr[i]);
    return shape_form_value(str_sv(&form), "x", arena);
}

/* --- which action -------------------------------------------------------------------------- */

static struct sv next_segment(struct sv *path)
{
    while (path->len && *path->ptr == '/')
        *path = sv_n(path->ptr + 1, path->len - 1);
    return path->len ? sv_split(path, '/') : SV_NONE;
}

static bool path_fits(const char *pattern, struct sv path)
{
    struct sv wanted = sv_of(pattern);
    for (;;) {
        struct sv w = next_segment(&wanted), p = next_segment(&path);
        if (!w.ptr || !p.ptr)
            return !w.ptr && !p.ptr;
        if (*w.ptr != '{' && !sv_eq(w, p))
            return false;
    }
}

static bool is_rest(const struct request *r)
{
    return r->api->protocol == AWS_REST_JSON;
}

static bool is_form(const struct request *r)
{
    return r->api->protocol == AWS_QUERY || r->api->protocol == AWS_EC2;
}

void request_set_service(struct request *r, const struct service *s)
{
    bool form = s->query_api && (sv_starts(request_header(r->asked, "Content-Type"),
                                           "application/x-www-form-urlencoded") ||
                                 sv_is(r->asked->method, "GET"));
    r->service = s;
    r->api = form ? s->query_api : s->api;
}

enum shape_dialect request_dialect(const struct request *r)
{
    return r->api->protocol == AWS_EC2       ? SHAPE_DIALECT_EC2
           : r->api == r->service->query_api ? SHAPE_DIALECT_FLAT
                                             : SHAPE_DIALECT_QUERY;
}

/* Queries may also come as GET. */
static struct sv form_of(const struct request *r)
{
    return r->asked->body.len ? r->asked->body : r->asked->query;
}

static struct sv action_name(struct request *r)
{
    if (is_form(r))
        return shape_form_value(form_of(r), "Action", &r->arena);
    struct sv target = request_header(r->asked, "X-Amz-Target");
    struct sv prefix = target.ptr ? sv_split(&target, '.') : SV_NONE;
    return sv_is(prefix, r->api->version) ? target : SV_NONE;
}

static const char *name_of(const struct service_action *a)
{
    return a->name ? a->name : a->op->action;
}

static const char *method_of(const struct service_action *a)
{
    return a->method ? a->method : a->op->method;
}

static const char *path_of(const struct service_action *a)
{
    return a->path ? a->path : a->op->path;
}

static bool fits(const struct request *r, const struct service_action *a, struct sv name)
{
    if (is_rest(r))
        return sv_is(r->asked->method, method_of(a)) && path_fits(path_of(a), r->asked->path);
    return sv_is(name, name_of(a));
}

static const struct service_action *find_action(const struct request *r, struct sv name)
{
    const struct service *s = r->service;
    for (unsigned i = 0; i < s->action_count; i++)
        if (fits(r, &s->actions[i], name))
            return &s->actions[i];
    for (unsigned i = 0; s->single_actions && s->single_actions[i]; i++)
        if (fits(r, s->single_actions[i], name))
            return s->single_actions[i];
    return NULL;
}

int request_find_action(struct request *r)
{
    struct sv name = is_rest(r) ? SV_NONE : action_name(r);
    const struct service_action *a = find_action(r, name);
    if (a) {
        r->action = a;
        r->name = name_of(a);
        r->in = a->in || !a->op ? a->in : a->op->in;
        r->out = a->out || !a->op ? a->out : a->op->out;
        return 0;
    }
    return request_refuse(r, REQUEST_NO_ACTION, mem_must(arena_dup(&r->arena, name)));
}

/* --- parameters ---------------------------------------------------------------------------- */

static const struct shape_field *field_at(const struct shape *s, enum shape_place place,
                                          struct sv wire)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->fields[i].place == place &&
            sv_is(wire, s->fields[i].wire ? s->fields[i].wire : s->fields[i].name))
            return &s->fields[i];
    return NULL;
}

static int put_text(struct request *r, const struct shape_field *f, struct sv text)
{
    void *at = (char *)r->call.in + f->offset;
    const char *copy = mem_must(arena_dup(&r->arena, text));
    uint64_t n;
    if (f->kind == SHAPE_TEXT) {
        *(const char **)at = copy;
    } else if (f->kind == SHAPE_TEXTS) {
        *(const char **)shape_list_add(at, sizeof copy, &r->arena) = copy;
    } else {
        if (!sv_to_u64(text, &n) || n > INT32_MAX)
            return request_refuse(r, REQUEST_MALFORMED, f->name);
        *(struct shape_int *)at = shape_int((int64_t)n);
    }
    return 0;
}

static int read_path(struct request *r)
{
    struct sv pattern = sv_of(path_of(r->action)), path = r->asked->path;
    for (;;) {
        struct sv w = next_segment(&pattern), p = next_segment(&path);
        if (!w.ptr)
            return 0;
        const struct shape_field *f =
            *w.ptr == '{' ? field_at(r->in, SHAPE_PATH, sv_n(w.ptr + 1, w.len - 2)) : NULL;
        if (f && put_text(r, f, request_decode(&r->arena, p)) < 0)
            return -1;
    }
}

static int read_query(struct request *r)
{
    struct sv rest = r->asked->query;
    while (rest.ptr) {
        struct sv value = sv_split(&rest, '&'), name = sv_split(&value, '=');
        const struct shape_field *f = field_at(r->in, SHAPE_QUERY, request_decode(&r->arena, name));
        if (f && put_text(r, f, request_decode(&r->arena, value.ptr ? value : SV(""))) < 0)
            return -1;
    }
    return 0;
}

/* Members that are demanded are looked for later, in the words of the service. */
static int read_json(struct request *r)
{
    struct doc_file file = {0};
    struct err err = {0};
    if (!r->asked->body.len)
        return 0;
    int failed = doc_parse_json(&file, "the request", r->asked->body, NULL, &err) ||
                 shape_from_json(r->in, file.parts[0].root, &r->arena, (void *)r->call.in, &err);
    doc_release(&file);
    if (failed && sv_ends(sv_of(err.msg), " is missing") && shape_missing(r->in, r->call.in))
        return 0;
    return failed ? request_refuse(r, REQUEST_MALFORMED, arena_fmt(&r->arena, "%s", err.msg)) : 0;
}

static int read_form(struct request *r)
{
    struct err err = {0};
    if (shape_from_form(r->in, request_dialect(r), form_of(r), &r->arena, (void *)r->call.in, &err))
        return request_refuse(r, REQUEST_MALFORMED, arena_fmt(&r->arena, "%s", err.msg));
    return 0;
}

static int read_all(struct request *r)
{
    if (is_form(r))
        return read_form(r);
    if (read_json(r) < 0)
        return -1;
    return is_rest(r) && (read_path(r) < 0 || read_query(r) < 0) ? -1 : 0;
}

int request_read_params(struct request *r)
{
    if (r->out)
        r->call.out = mem_must(arena_alloc(&r->arena, r->out->size));
    if (!r->in)
        return 0;
    r->call.in = mem_must(arena_alloc(&r->arena, r->in->size));
    if (read_all(r) < 0)
        return -1;
    const char *missing = shape_missing(r->in, r->call.in);
    return missing ? request_refuse(r, REQUEST_MISSING, missing) : 0;
}

/* --- pages --------------------------------------------------------------------------------- */

struct any_list {
    char *items;
    uint32_t count, cap;
};

static bool parse_token(const char *token, uint32_t count, uint32_t *out)
{
    uint64_t at;
    if (!token || !*token)
        return true;
    if (strncmp(token, "page-", 5) != 0 || !sv_to_u64(sv_of(token + 5), &at) || at > count)
        return false;
    *out = (uint32_t)at;
    return true;
}

int request_cut_page(struct request *r)
{
    const struct service_pages *p = r->action->pages;
    struct any_list list;
    uint32_t from = 0;
    if (!p)
        return 0;
    const char *in = r->call.in;
    char *out = r->call.out;
    memcpy(&list, out + p->list, sizeof list);
    const struct shape_int *asked = (const struct shape_int *)(in + p->asked_most);
    if (!parse_token(*(const char *const *)(in + p->asked_token), list.count, &from))
        return request_refuse(r, REQUEST_BAD_TOKEN, NULL);
    uint32_t most = asked->set && asked->n > 0 && asked->n < p->most ? (uint32_t)asked->n : p->most;
    if (list.count - from > most) {
        list.count = from + most;
        *(const char **)(out + p->token) = arena_fmt(&r->arena, "page-%u", from + most);
    }
    list.count -= from;
    if (list.items)
        list.items += (size_t)from * p->item;
    memcpy(out + p->list, &list, sizeof list);
    return 0;
}
