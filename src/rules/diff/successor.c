#include "rules/diff/successor.h"

#include "base/must.h"
#include "rules/diff/pods.h"

#include <ctype.h>

#define SURE_ENOUGH 3

struct clue {
    int score;
    const char *text; /* literal */
};

/* Label keys that meant the same in different generations of charts. */
static const char *const roles[][4] = {
    {"app.kubernetes.io/instance", "release", "heritage-release", NULL},
    {"app.kubernetes.io/component", "component", "tier", NULL},
    {"app.kubernetes.io/name", "app", "k8s-app", "name"},
};
enum { ROLE_INSTANCE, ROLE_COMPONENT, ROLE_NAME };

static struct sv role_of(const struct doc_node *labels, size_t role)
{
    for (size_t i = 0; i < ARRAY_LEN(roles[role]) && roles[role][i]; i++) {
        struct sv v = doc_scalar(doc_get(labels, roles[role][i]));
        if (v.ptr)
            return v;
    }
    return SV_NONE;
}

static bool has_word(struct sv text, struct sv word)
{
    for (struct sv one; (one = sv_split(&text, '-')).ptr;)
        if (sv_eq(one, word))
            return true;
    return false;
}

/* "nginx-ingress" and "ingress-nginx" are one application. */
static bool same_words(struct sv a, struct sv b)
{
    struct sv rest = a;
    if (a.len != b.len)
        return false;
    for (struct sv one; (one = sv_split(&rest, '-')).ptr;)
        if (!has_word(b, one))
            return false;
    return true;
}

static bool same_role(const struct doc_node *a, const struct doc_node *b, size_t role)
{
    struct sv x = role_of(a, role);
    return x.len && same_words(x, role_of(b, role));
}

static bool other_role(const struct doc_node *a, const struct doc_node *b, size_t role)
{
    struct sv x = role_of(a, role), y = role_of(b, role);
    return x.len && y.len && !same_words(x, y);
}

static struct clue clue_of_labels(const struct diff_object *o, const struct diff_object *n)
{
    const struct doc_node *a = doc_at(o->object.root, "metadata.labels");
    const struct doc_node *b = doc_at(n->object.root, "metadata.labels");
    if (other_role(a, b, ROLE_COMPONENT))
        return (struct clue){-SURE_ENOUGH, NULL};
    bool instance = same_role(a, b, ROLE_INSTANCE), name = same_role(a, b, ROLE_NAME);
    bool component = same_role(a, b, ROLE_COMPONENT);
    if (instance && (name || component))
        return (struct clue){3, "the same release and role in the labels"};
    if (name && component)
        return (struct clue){3, "the same application and role in the labels"};
    return (struct clue){0, NULL};
}

static struct clue clue_of_selector(const struct diff_object *o, const struct diff_object *n)
{
    struct pods_selector a = pods_selector_of(&o->object), b = pods_selector_of(&n->object);
    if (!a.node || !b.node)
        return (struct clue){0, NULL};
    if (doc_count(a.node) && doc_equal(a.node, b.node))
        return (struct clue){4, "the same selector"};
    if (pods_selector_matches(a, pods_labels(&n->object)))
        return (struct clue){4, "the old selector matches the new pods"};
    return (struct clue){0, NULL};
}

/* Last path element of an image without tag and digest, "-amd64" and the like kept. */
static struct sv image_base(struct sv image)
{
    const char *at = memchr(image.ptr ? image.ptr : "", '@', image.len);
    if (at)
        image.len = (size_t)(at - image.ptr);
    for (size_t i = image.len; i > 0; i--) {
        if (image.ptr[i - 1] == ':')
            image.len = i - 1;
        if (image.ptr[i - 1] == '/')
            return sv_n(image.ptr + i, image.len - i);
    }
    return image;
}

static struct clue clue_of_image(const struct diff_object *o, const struct diff_object *n)
{
    const struct doc_node *a = doc_at(pods_template(&o->object), "spec.containers[0].image");
    const struct doc_node *b = doc_at(pods_template(&n->object), "spec.containers[0].image");
    struct sv x = image_base(doc_string(a));
    if (x.len && sv_eq(x, image_base(doc_string(b))))
        return (struct clue){2, "the same image"};
    return (struct clue){0, NULL};
}

/* kustomize's and Helm's generated names: the same stem and a hash of 8 to 10 behind a dash. */
static struct sv stem(struct sv name)
{
    size_t tail = 0;
    while (tail < name.len && isalnum((unsigned char)name.ptr[name.len - 1 - tail]))
        tail++;
    bool hash = tail >= 8 && tail <= 10 && tail + 1 < name.len;
    return hash ? sv_n(name.ptr, name.len - tail - 1) : name;
}

/* "controller" and "edge-controller": a release name was put in front. */
static bool longer_by_prefix(struct sv name, struct sv longer)
{
    size_t extra = longer.len - name.len;
    return name.len && longer.len > name.len + 1 && longer.ptr[extra - 1] == '-' &&
           memcmp(longer.ptr + extra, name.ptr, name.len) == 0;
}

static struct clue clue_of_name(const struct diff_object *o, const struct diff_object *n)
{
    struct sv a = stem(o->object.name), b = stem(n->object.name);
    if (a.len != o->object.name.len && b.len != n->object.name.len && sv_eq(a, b))
        return (struct clue){4, "the same name up to the generated hash"};
    if (longer_by_prefix(o->object.name, n->object.name) ||
        longer_by_prefix(n->object.name, o->object.name))
        return (struct clue){3, "the same name but for a prefix"};
    return (struct clue){0, NULL};
}

static struct clue clue_of_kind(const struct diff_object *o, const struct diff_object *n)
{
    static const struct {
        const char *kind, *path, *text;
    } same_field[] = {
        {"IngressClass", "spec.controller", "the same controller"},
        {"Ingress", "spec.rules[0].host", "the same host"},
        {"PersistentVolume", "spec.csi.volumeHandle", "the same volume"},
        {"PersistentVolume", "spec.awsElasticBlockStore.volumeID", "the same volume"},
        {"ClusterRoleBinding", "roleRef.name", "the same role bound"},
        {"RoleBinding", "roleRef.name", "the same role bound"},
        {"HorizontalPodAutoscaler", "spec.scaleTargetRef.name", "the same target"},
    };
    for (size_t i = 0; i < ARRAY_LEN(same_field); i++) {
        if (!sv_is(o->object.kind, same_field[i].kind))
            continue;
        struct sv v = doc_scalar(doc_at(o->object.root, same_field[i].path));
        if (v.len && sv_eq(v, doc_scalar(doc_at(n->object.root, same_field[i].path))))
            return (struct clue){4, same_field[i].text};
    }
    return (struct clue){0, NULL};
}

/* Dash-separated words that both names end with, at most 7: tells twins of one chart apart. */
static int shared_tail(struct sv a, struct sv b)
{
    int words = 0;
    while (a.len && b.len && words < 7 && a.ptr[a.len - 1] == b.ptr[b.len - 1]) {
        words += a.ptr[a.len - 1] == '-';
        a.len--;
        b.len--;
    }
    return words;
}

int successor_score(const struct diff_object *o, const struct diff_object *n, const char **why,
                    struct arena *a)
{
    struct clue clues[] = {clue_of_selector(o, n), clue_of_name(o, n), clue_of_kind(o, n),
                           clue_of_labels(o, n), clue_of_image(o, n)};
    int sum = 0;
    const char *text = "";
    for (size_t i = 0; i < ARRAY_LEN(clues); i++) {
        sum += clues[i].score;
        if (clues[i].score > 0)
            text = arena_fmt(a, "%s%s%s", text, *text ? ", " : "", clues[i].text);
        mem_must(text);
    }
    if (sum < SURE_ENOUGH)
        return 0;
    *why = text;
    return sum * 8 + shared_tail(o->object.name, n->object.name);
}
