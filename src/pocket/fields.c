#include "pocket/fields.h"

#include "base/must.h"

struct walk {
    struct arena *a;
    struct fields_report *out;
    struct str path;  /* with indexes: "spec.containers[0].name" */
    struct str plain; /* without: "spec.containers.name" */
};

static void cut(struct str *s, size_t length)
{
    if (s->data)
        s->data[length] = 0;
    s->len = length;
}

static void tell(struct walk *w, const char *what)
{
    if (w->out->faults.len >= FIELDS_FAULTS_MAX)
        return;
    const char *text = mem_must(arena_fmt(w->a, "%s field \"%s\"", what, str_c(&w->path)));
    must_push(&w->out->faults, text);
}

/* Go's name for the type of a scalar's row; NULL: any value goes. */
static const char *go_type(const char *of)
{
    static const char *const types[][2] = {{"string", "string"},       {"boolean", "bool"},
                                           {"integer:int32", "int32"}, {"integer:int64", "int64"},
                                           {"integer", "int64"},       {"number:double", "float64"},
                                           {"string:byte", "[]uint8"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i][0], of) == 0)
            return types[i][1];
    return NULL;
}

static bool type_fits(const char *go, const struct doc_node *value)
{
    switch (value->type) {
    case DOC_NULL:
        return true;
    case DOC_BOOL:
        return strcmp(go, "bool") == 0;
    case DOC_INT:
        return strncmp(go, "int", 3) == 0 || strcmp(go, "float64") == 0;
    case DOC_FLOAT:
        return strcmp(go, "float64") == 0;
    case DOC_STRING:
        return strcmp(go, "string") == 0 || strcmp(go, "[]uint8") == 0;
    case DOC_MAP:
    case DOC_SEQ:
        break;
    }
    return false;
}

static const char *json_word(struct arena *a, const struct doc_node *value)
{
    switch (value->type) {
    case DOC_BOOL:
        return "bool";
    case DOC_INT:
        return "number";
    case DOC_FLOAT:
        return mem_must(arena_fmt(a, "number %.*s", SV_ARG(value->text)));
    case DOC_MAP:
        return "object";
    case DOC_SEQ:
        return "array";
    case DOC_STRING:
    case DOC_NULL:
        break;
    }
    return "string";
}

/* The last part of a type's name: "DeploymentSpec". */
static const char *struct_name(const char *type)
{
    const char *dot = strrchr(type, '.');
    return dot ? dot + 1 : type;
}

static void wrong_type(struct walk *w, const char *owner, const char *go,
                       const struct doc_node *value)
{
    if (!w->out->wrong)
        w->out->wrong = mem_must(
            arena_fmt(w->a, "json: cannot unmarshal %s into Go struct field %s.%s of type %s",
                      json_word(w->a, value), struct_name(owner), str_c(&w->plain), go));
}

/* Go's name of what a list or an object is read into. */
static const char *go_whole(struct arena *a, const char *of)
{
    if (strncmp(of, "[]", 2) == 0)
        return mem_must(arena_fmt(a, "[]%s", go_whole(a, of + 2)));
    if (strncmp(of, "map[]", 5) == 0)
        return mem_must(arena_fmt(a, "map[string]%s", go_whole(a, of + 5)));
    const char *scalar = go_type(of), *version = NULL;
    if (scalar)
        return scalar;
    for (const char *dot = strchr(of, '.'); dot && dot + 1 < struct_name(of);
         dot = strchr(dot + 1, '.'))
        version = dot + 1;
    return version ? mem_must(arena_fmt(a, "%s", version)) : of;
}

static void check(struct walk *w, const struct outline *outline, const char *owner,
                  const struct doc_node *value);

static void check_pair(struct walk *w, const struct outline *outline, const char *owner,
                       const struct doc_pair *pair)
{
    size_t length = w->path.len, plain = w->plain.len;
    struct sv key = pair->key->text;
    bool map = outline->form == OUTLINE_MAP;
    str_addf(&w->path, "%s%.*s", length ? "." : "", SV_ARG(key));
    if (!map)
        str_addf(&w->plain, "%s%.*s", plain ? "." : "", SV_ARG(key));
    if (pair->role == DOC_PAIR_SHADOWED)
        tell(w, "duplicate");
    else if (!outline_has(outline, key))
        tell(w, "unknown");
    else {
        struct outline inner = outline_field(outline, key);
        check(w, &inner, map ? owner : outline->of, pair->value);
    }
    cut(&w->path, length);
    cut(&w->plain, plain);
}

static void check_items(struct walk *w, const struct outline *outline, const char *owner,
                        const struct doc_node *value)
{
    struct outline inner = outline_item(outline);
    size_t length = w->path.len;
    for (uint32_t i = 0; i < value->item_count; i++) {
        str_addf(&w->path, "[%u]", i);
        check(w, &inner, owner, value->items[i]);
        cut(&w->path, length);
    }
}

static void check(struct walk *w, const struct outline *outline, const char *owner,
                  const struct doc_node *value)
{
    bool fields = outline->form == OUTLINE_OBJECT || outline->form == OUTLINE_MAP;
    const char *go = outline->form == OUTLINE_SCALAR && outline->of ? go_type(outline->of) : NULL;
    if (value->type == DOC_NULL || outline->form == OUTLINE_ANY)
        return;
    if ((fields && value->type != DOC_MAP) ||
        (outline->form == OUTLINE_LIST && value->type != DOC_SEQ))
        wrong_type(w, owner, go_whole(w->a, outline->of), value);
    else if (fields)
        for (uint32_t i = 0; i < value->pair_count; i++)
            check_pair(w, outline, owner, &value->pairs[i]);
    else if (outline->form == OUTLINE_LIST)
        check_items(w, outline, owner, value);
    else if (go && !type_fits(go, value))
        wrong_type(w, owner, go, value);
}

void fields_check(struct arena *a, const struct outline *outline, const struct doc_node *body,
                  struct fields_report *out)
{
    struct walk w = {.a = a, .out = out};
    *out = (struct fields_report){0};
    if (outline->of && body->type == DOC_MAP)
        check(&w, outline, outline->of, body);
    str_release(&w.path);
    str_release(&w.plain);
}

void fields_report_release(struct fields_report *r)
{
    vec_release(&r->faults);
}

void fields_prune(const struct outline *outline, struct doc_node *object)
{
    bool fields = outline->form == OUTLINE_OBJECT || outline->form == OUTLINE_MAP;
    if (fields && object->type == DOC_MAP)
        for (uint32_t i = object->pair_count; i-- > 0;) {
            struct sv key = object->pairs[i].key->text;
            struct outline inner = outline_field(outline, key);
            if (!outline_has(outline, key))
                value_unset(object, key);
            else
                fields_prune(&inner, object->pairs[i].value);
        }
    if (outline->form != OUTLINE_LIST || object->type != DOC_SEQ)
        return;
    struct outline inner = outline_item(outline);
    for (uint32_t i = 0; i < object->item_count; i++)
        fields_prune(&inner, object->items[i]);
}

void fields_print_go(const struct doc_node *value, struct str *out)
{
    if (value->type == DOC_NULL)
        str_adds(out, "<nil>");
    else if (value->type == DOC_MAP) {
        str_adds(out, "map[");
        for (uint32_t i = 0; i < value->pair_count; i++) {
            str_addf(out, "%s%.*s:", i ? " " : "", SV_ARG(value->pairs[i].key->text));
            fields_print_go(value->pairs[i].value, out);
        }
        str_addc(out, ']');
    } else if (value->type == DOC_SEQ) {
        str_addc(out, '[');
        for (uint32_t i = 0; i < value->item_count; i++) {
            str_adds(out, i ? " " : "");
            fields_print_go(value->items[i], out);
        }
        str_addc(out, ']');
    } else
        str_addv(out, doc_scalar(value));
}
