/*
 * Applies patches as the pocket does: one JSON object per line in, one per line out.
 * In: {"type": "json|merge|strategic|apply|update", "object": …, "patch": …, "manager": …, "time":
 * …, "force": true}; an update's patch is the new object. Out: {"object": …} or {"code": …,
 * "reason": …, "message": …, "causes": […]}.
 */
#include "pocket/patch/patch.h"
#include "pocket/show/table.h"

#include <stdio.h>
#include <stdlib.h>

static struct doc_node *update(struct arena *a, const struct outline *outline,
                               const struct doc_node *object, const struct doc_node *patch,
                               const struct patch_writer *who)
{
    struct doc_node *next = value_clone(a, patch);
    patch_track_update(a, outline, object, next, who);
    return next;
}

static struct doc_node *table(struct arena *a, const struct doc_node *line)
{
    const struct doc_node *objects = doc_get(line, "objects"), *now = doc_get(line, "now");
    struct table_request request = {
        .group = doc_get_string(line, "group"),
        .kind = doc_get_string(line, "kind"),
        .version = SV("v1"),
        .columns = doc_get(line, "columns"),
        .now = now ? now->integer : 0,
    };
    return table_of(a, &request, (const struct doc_node *const *)objects->items, doc_count(objects),
                    NULL);
}

static struct doc_node *run(struct arena *a, const struct doc_node *line, struct patch_error *e)
{
    struct sv type = doc_get_string(line, "type");
    const struct doc_node *object = doc_get(line, "object"), *patch = doc_get(line, "patch");
    const struct doc_node *named = object && object->type == DOC_MAP ? object : patch;
    const struct doc_node *force = doc_get(line, "force");
    struct patch_writer who = {
        .manager = doc_get_string(line, "manager"),
        .api_version = doc_get_string(named, "apiVersion"),
        .time = doc_get_string(line, "time"),
        .force = force && force->type == DOC_BOOL && force->boolean,
    };
    struct outline outline = outline_of_kind(who.api_version, doc_get_string(named, "kind"));
    if (object && object->type != DOC_MAP)
        object = NULL;
    if (sv_is(type, "table"))
        return table(a, line);
    if (sv_is(type, "json"))
        return patch_json(a, object, patch, e);
    if (sv_is(type, "merge"))
        return patch_merge(a, object, patch, e);
    if (sv_is(type, "strategic"))
        return patch_strategic(a, &outline, object, patch, e);
    if (sv_is(type, "apply"))
        return patch_apply(a, &outline, object, patch, &who, e);
    return update(a, &outline, object, patch, &who);
}

static struct doc_node *refusal(struct arena *a, const struct patch_error *e)
{
    struct doc_node *out = value_map(a), *causes = value_list(a);
    value_set_int(a, out, "code", e->code);
    value_set_text(a, out, "reason", sv_of(e->reason));
    value_set_text(a, out, "message", sv_of(e->message));
    for (size_t i = 0; i < e->cause_count; i++) {
        struct doc_node *cause = value_map(a);
        value_set_text(a, cause, "reason", sv_of(e->causes[i].reason));
        value_set_text(a, cause, "message", sv_of(e->causes[i].message));
        value_set_text(a, cause, "field", sv_of(e->causes[i].field));
        value_push(a, causes, cause);
    }
    value_set(a, out, SV("causes"), causes);
    return out;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, stdin)) > 0) {
        _cleanup_arena_ struct arena a = {0};
        _cleanup_doc_ struct doc_file f = {0};
        struct err err = {0};
        struct patch_error e = {0};
        if (doc_parse_json(&f, "line", sv_n(line, (size_t)n), NULL, &err) < 0) {
            fprintf(stderr, "patch_driver: %s\n", err.msg);
            return 1;
        }
        struct doc_node *got = run(&a, f.parts[0].root, &e), *out = refusal(&a, &e);
        if (got) {
            out = value_map(&a);
            value_set(&a, out, SV("object"), got);
        }
        puts(value_json(&a, out).ptr);
        fflush(stdout);
    }
    free(line);
    return 0;
}
