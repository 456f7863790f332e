/* Text anywhere in a tree: node images, kubelet flags, configuration inside ConfigMaps. The things
 * these rules look for stand in node group definitions of several tools, in scripts and in files
 * inside of objects, so no path can be named. */
#include "rules/upgrade/breakers.h"

#define TEXT_DEPTH_MAX 64

struct text_run {
    const struct rules_run *run;
    const struct doc_node *key; /* of the value, or NULL */
    const struct doc_node *value;
    struct sv text;
};

/* Where `needle` stands in the file: inside a scalar that is written plainly, else its start. */
static uint32_t offset_of(const struct text_run *t, const char *needle)
{
    const struct doc_span span = t->value->span;
    struct sv raw = sv_n(t->run->doc->text.ptr + span.start, span.end - span.start);
    const char *at = sv_find(raw, needle);
    return at ? span.start + (uint32_t)(at - raw.ptr) : span.start;
}

/* What follows `needle` in the text up to a blank, quote or comma; absent when it is not there. */
static struct sv word_behind(struct sv text, const char *needle)
{
    const char *at = sv_find(text, needle);
    if (!at)
        return SV_NONE;
    const char *start = at + strlen(needle), *end = text.ptr + text.len;
    const char *p = start;
    while (p < end && !strchr(" \t\r\n\"',;)", *p))
        p++;
    return sv_n(start, (size_t)(p - start));
}

static void al2(const struct text_run *t)
{
    static const char *const values[] = {"AL2", "AmazonLinux2", "AL2_x86_64", "AL2_x86_64_GPU",
                                         "AL2_ARM_64"};
    static const char *const keys[] = {"amiFamily", "amiType", "AmiType", "AMIFamily", "ami_type"};
    for (size_t k = 0; t->key && k < ARRAY_LEN(keys); k++)
        for (size_t v = 0; sv_is(t->key->text, keys[k]) && v < ARRAY_LEN(values); v++)
            if (sv_is(t->text, values[v]))
                run_report(t->run, "al2-node-image", t->value, "%s is %s", keys[k], values[v]);
    if (t->key && sv_is(t->key->text, "alias") && sv_starts(t->text, "al2@"))
        run_report(t->run, "al2-node-image", t->value, "image alias is %.*s", SV_ARG(t->text));
    struct sv name = word_behind(t->text, "amazon-eks-node-");
    if (name.ptr && !sv_starts(name, "al2023"))
        run_report_at(t->run, "al2-node-image", offset_of(t, "amazon-eks-node-"),
                      "names the Amazon Linux 2 image amazon-eks-node-%.*s", SV_ARG(name));
    struct sv path = word_behind(t->text, "/amazon-linux-2");
    if (path.ptr && sv_has(t->text, "optimized-ami/") &&
        (!path.len || path.ptr[0] == '/' || path.ptr[0] == '-'))
        run_report_at(t->run, "al2-node-image", offset_of(t, "/amazon-linux-2"),
                      "reads the image parameter of Amazon Linux 2");
}

static void bottlerocket(const struct text_run *t)
{
    static const char *const needles[] = {"bottlerocket/aws-k8s-", "bottlerocket-aws-k8s-"};
    for (size_t i = 0; i < ARRAY_LEN(needles); i++) {
        struct sv word = word_behind(t->text, needles[i]);
        struct sv digits = word;
        struct version v;
        digits.len = 0;
        while (digits.len < word.len && strchr("0123456789.", word.ptr[digits.len]))
            digits.len++;
        if (version_parse(digits, &v) && version_cmp(v, t->run->target->to) < 0)
            run_report_at(t->run, "bottlerocket-variant-pinned", offset_of(t, needles[i]),
                          "pins the Bottlerocket variant of %u.%u", v.major, v.minor);
    }
}

static void runtime_flag(const struct text_run *t)
{
    static const char flag[] = "--container-runtime";
    struct sv rest = word_behind(t->text, flag);
    if (!rest.ptr || sv_starts(rest, "-"))
        return;
    bool assigned = sv_starts(rest, "=");
    struct sv value =
        word_behind(t->text, assigned ? "--container-runtime=" : "--container-runtime ");
    if (sv_is(value, "docker") || sv_is(value, "dockerd"))
        run_report_at(t->run, "docker-runtime-flag", offset_of(t, flag),
                      "asks for the Docker runtime by %s", flag);
    else if (assigned && value.len)
        run_report_at(t->run, "kubelet-container-runtime-flag", offset_of(t, flag),
                      "gives the kubelet the flag %s=%.*s", flag, SV_ARG(value));
}

static void kubelet_flags(const struct text_run *t)
{
    static const struct {
        const char *flag, *rule;
        bool only_kubelet; /* other programs have a flag of that name */
    } flags[] = {
        {"--docker-endpoint", "docker-runtime-flag", false},
        {"--image-pull-progress-deadline", "docker-runtime-flag", false},
        {"--network-plugin", "docker-runtime-flag", true},
        {"--cni-bin-dir", "docker-runtime-flag", true},
        {"--pod-infra-container-image", "kubelet-pod-infra-flag", false},
    };
    runtime_flag(t);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (!sv_has(t->text, flags[i].flag))
            continue;
        if (flags[i].only_kubelet && !sv_has(t->text, "kubelet"))
            continue;
        run_report_at(t->run, flags[i].rule, offset_of(t, flags[i].flag),
                      "gives the kubelet the flag %s", flags[i].flag);
    }
    if (t->key && sv_is(t->key->text, "containerRuntime") &&
        (sv_is(t->text, "dockerd") || sv_is(t->text, "docker")))
        run_report(t->run, "docker-runtime-flag", t->value, "containerRuntime is %.*s",
                   SV_ARG(t->text));
}

/* `name`, blanks and quotes, a colon, the same, `value` - as YAML or JSON inside of a text. */
static const char *find_setting(struct sv text, const char *name, const char *value)
{
    size_t n = strlen(name), m = strlen(value);
    while (text.len) {
        const char *at = sv_find(text, name);
        if (!at)
            return NULL;
        const char *p = at + n, *end = text.ptr + text.len;
        while (p < end && (*p == '"' || *p == '\'' || *p == ' '))
            p++;
        bool colon = p < end && *p == ':';
        while (p < end && (*p == '"' || *p == '\'' || *p == ' ' || *p == ':'))
            p++;
        if (colon && (size_t)(end - p) >= m && memcmp(p, value, m) == 0)
            return at;
        text = sv_n(at + n, (size_t)(end - at) - n);
    }
    return NULL;
}

static void ipvs(const struct text_run *t)
{
    if (t->key && sv_is(t->key->text, "mode") && sv_is(t->text, "ipvs"))
        run_report(t->run, "kube-proxy-ipvs", t->value, "mode is ipvs");
    else if (sv_has(t->text, "--proxy-mode=ipvs") || sv_has(t->text, "--proxy-mode ipvs"))
        run_report_at(t->run, "kube-proxy-ipvs", offset_of(t, "--proxy-mode"),
                      "kube-proxy is started with mode ipvs");
    else if (sv_has(t->text, "ipvs") && find_setting(t->text, "mode", "ipvs"))
        run_report_at(t->run, "kube-proxy-ipvs", offset_of(t, "mode"),
                      "kube-proxy's configuration has mode ipvs");
}

static void cgroup(const struct text_run *t)
{
    struct sv key = t->key ? t->key->text : SV_NONE;
    if (sv_is(key, "failCgroupV1") && sv_is(t->text, "false"))
        run_report(t->run, "cgroup-v1", t->value, "lets the kubelet start on cgroup v1");
    else if (sv_is(key, "cgroupDriver") && sv_is(t->text, "cgroupfs"))
        run_report(t->run, "cgroup-v1", t->value, "cgroupDriver is cgroupfs");
    else if (sv_has(t->text, "systemd.unified_cgroup_hierarchy=0"))
        run_report_at(t->run, "cgroup-v1", offset_of(t, "systemd.unified_cgroup_hierarchy=0"),
                      "boots the node with cgroup v1");
    else if (sv_has(t->text, "--cgroup-driver=cgroupfs") ||
             (sv_has(t->text, "cgroupfs") && find_setting(t->text, "cgroupDriver", "cgroupfs")))
        run_report_at(t->run, "cgroup-v1", offset_of(t, "cgroupfs"),
                      "sets the kubelet's cgroup driver to cgroupfs");
}

static void exec_plugin(const struct text_run *t)
{
    static const char needle[] = "client.authentication.k8s.io/v1alpha1";
    const struct object *o = t->run->object;
    /* The object itself is a matter of its API version. */
    if (sv_has(t->text, needle) && !(o && sv_is(o->group, "client.authentication.k8s.io")))
        run_report_at(t->run, "kubeconfig-exec-alpha", offset_of(t, needle),
                      "names the exec plugin version %s", needle);
}

static void look_at(const struct rules_run *run, const struct doc_node *key,
                    const struct doc_node *value)
{
    struct text_run t = {.run = run, .key = key, .value = value, .text = doc_scalar(value)};
    if (!t.text.len)
        return;
    al2(&t);
    bottlerocket(&t);
    kubelet_flags(&t);
    ipvs(&t);
    cgroup(&t);
    exec_plugin(&t);
}

static void walk(const struct rules_run *run, const struct doc_node *key,
                 const struct doc_node *node, unsigned depth)
{
    if (!node || depth > TEXT_DEPTH_MAX)
        return;
    if (node->type != DOC_MAP && node->type != DOC_SEQ)
        look_at(run, key, node);
    doc_each_pair(p, node)
        walk(run, p->key, p->value, depth + 1);
    doc_each_item(item, node)
        walk(run, key, item, depth + 1);
}

void breakers_text(const struct rules_run *run, const struct doc_node *root)
{
    walk(run, NULL, root, 0);
}
