#include "ops/replace/user_data.h"

#include "base/base64.h"
#include "base/must.h"

#include <string.h>

const char *const user_data_kind_names[] = {
    "shell script",          "NodeConfig",        "cloud-config",
    "Bottlerocket settings", "PowerShell script", "text",
};

void user_data_release(struct user_data *u)
{
    vec_release(&u->parts);
    arena_release(&u->arena);
}

/* ---- reading ---- */

static struct sv line_of(struct sv *rest)
{
    struct sv line = sv_split(rest, '\n');
    return sv_ends(line, "\r") ? sv_n(line.ptr, line.len - 1) : line;
}

/* Bottlerocket's begins with comments and a table: [settings.kubernetes] */
static bool is_toml(struct sv text)
{
    for (struct sv rest = text; rest.ptr;) {
        struct sv line = sv_trim(line_of(&rest));
        if (!line.len || line.ptr[0] == '#')
            continue;
        return line.ptr[0] == '[' || sv_starts(line, "settings.");
    }
    return false;
}

static enum user_data_kind kind_of(struct sv text)
{
    struct sv t = sv_trim(text);
    if (sv_starts(t, "#!"))
        return USER_DATA_SCRIPT;
    if (sv_starts(t, "#cloud-config"))
        return USER_DATA_CLOUD_INIT;
    if (sv_starts(t, "<powershell>"))
        return USER_DATA_POWERSHELL;
    if (sv_has(t, "node.eks.aws/"))
        return USER_DATA_NODE_CONFIG;
    return is_toml(t) ? USER_DATA_TOML : USER_DATA_OTHER;
}

static void add(struct user_data *u, struct sv text)
{
    if (sv_trim(text).len)
        must_push(&u->parts, (struct user_data_part){kind_of(text), text});
}

/* boundary="…" of the head, which ends with an empty line. */
static struct sv boundary_of(struct sv text)
{
    const char *at = sv_find(text, "boundary=");
    if (!at)
        return (struct sv){0};
    struct sv value = sv_n(at + 9, text.len - (size_t)(at + 9 - text.ptr));
    value = sv_trim(line_of(&value));
    if (value.len && value.ptr[0] == '"') {
        value = sv_n(value.ptr + 1, value.len - 1);
        return sv_split(&value, '"');
    }
    return sv_trim(sv_split(&value, ';'));
}

/* Behind the part's own head. */
static struct sv body_of(struct sv part)
{
    for (struct sv rest = part; rest.ptr;) {
        struct sv line = line_of(&rest);
        if (!line.len)
            return rest.ptr ? rest : sv_n("", 0);
    }
    return part;
}

static bool is_delimiter(struct sv line, struct sv boundary)
{
    return sv_starts(line, "--") && line.len >= boundary.len + 2 &&
           memcmp(line.ptr + 2, boundary.ptr, boundary.len) == 0;
}

static void split_multipart(struct user_data *u, struct sv text, struct sv boundary)
{
    const char *begin = NULL;
    for (struct sv rest = text; rest.ptr;) {
        struct sv line = line_of(&rest);
        if (!is_delimiter(line, boundary))
            continue;
        if (begin)
            add(u, body_of(sv_n(begin, (size_t)(line.ptr - begin))));
        begin = rest.ptr;
        if (sv_ends(sv_trim(line), "--") && line.len >= boundary.len + 4)
            return;
    }
    if (begin)
        add(u, body_of(sv_n(begin, (size_t)(text.ptr + text.len - begin))));
}

int user_data_read(const char *base64, struct user_data *out, struct err *err)
{
    struct sv text = sv_trim(sv_of(base64 ? base64 : ""));
    size_t len = 0;
    *out = (struct user_data){0};
    if (!text.len)
        return 0;
    if (base64_room(text) > USER_DATA_MAX)
        return err_set(err, ERR_LIMIT, "the user data has more than %d bytes", USER_DATA_MAX);
    char *bytes = mem_must(arena_alloc(&out->arena, base64_room(text) + 1));
    if (!base64_decode(text, bytes, &len))
        return err_set(err, ERR_INPUT, "the user data is not base64");
    text = sv_n(bytes, len);
    struct sv boundary = sv_has(text, "multipart/") ? boundary_of(text) : (struct sv){0};
    if (boundary.len)
        split_multipart(out, text, boundary);
    else
        add(out, text);
    return 0;
}

/* ---- what is lost ---- */

/* What bootstrap.sh of AL2 takes, and how the others say it. Sources: awslabs/amazon-eks-ami's
 * bootstrap.sh and nodeadm, Bottlerocket's settings reference. A NULL means there is no such thing.
 */
static const struct flag {
    const char *flag, *nodeadm, *rocket;
} flags[] = {
    {"--use-max-pods", "spec.kubelet.config.maxPods", "settings.kubernetes.max-pods"},
    {"--max-pods", "spec.kubelet.config.maxPods", "settings.kubernetes.max-pods"},
    {"--node-labels", "spec.kubelet.flags, or the labels of the group",
     "settings.kubernetes.node-labels, or the labels of the group"},
    {"--register-with-taints", "spec.kubelet.config.registerWithTaints, or the taints of the group",
     "settings.kubernetes.node-taints, or the taints of the group"},
    {"--cluster-dns", "spec.kubelet.config.clusterDNS", "settings.kubernetes.cluster-dns-ip"},
    {"--dns-cluster-ip", "spec.kubelet.config.clusterDNS", "settings.kubernetes.cluster-dns-ip"},
    {"--kube-reserved", "spec.kubelet.config.kubeReserved", "settings.kubernetes.kube-reserved"},
    {"--system-reserved", "spec.kubelet.config.systemReserved",
     "settings.kubernetes.system-reserved"},
    {"--eviction-hard", "spec.kubelet.config.evictionHard", "settings.kubernetes.eviction-hard"},
    {"--eviction-soft", "spec.kubelet.config.evictionSoft", "settings.kubernetes.eviction-soft"},
    {"--cpu-manager-policy", "spec.kubelet.config.cpuManagerPolicy",
     "settings.kubernetes.cpu-manager-policy"},
    {"--topology-manager-policy", "spec.kubelet.config.topologyManagerPolicy",
     "settings.kubernetes.topology-manager-policy"},
    {"--allowed-unsafe-sysctls", "spec.kubelet.config.allowedUnsafeSysctls",
     "settings.kubernetes.allowed-unsafe-sysctls"},
    {"--image-gc-high-threshold", "spec.kubelet.config.imageGCHighThresholdPercent",
     "settings.kubernetes.image-gc-high-threshold-percent"},
    {"--image-gc-low-threshold", "spec.kubelet.config.imageGCLowThresholdPercent",
     "settings.kubernetes.image-gc-low-threshold-percent"},
    {"--container-log-max-size", "spec.kubelet.config.containerLogMaxSize",
     "settings.kubernetes.container-log-max-size"},
    {"--registry-qps", "spec.kubelet.config.registryPullQPS", "settings.kubernetes.registry-qps"},
    {"--docker-config-json", NULL, NULL},
    {"--enable-docker-bridge", NULL, NULL},
    {"--pause-container-account", NULL, NULL},
};

static bool takes(enum ami_family f, enum user_data_kind kind)
{
    switch (kind) {
    case USER_DATA_SCRIPT:
    case USER_DATA_CLOUD_INIT:
        return f == AMI_AL2 || f == AMI_AL2023;
    case USER_DATA_NODE_CONFIG:
        return f == AMI_AL2023;
    case USER_DATA_TOML:
        return f == AMI_BOTTLEROCKET;
    case USER_DATA_POWERSHELL:
        return f == AMI_WINDOWS;
    default:
        return false;
    }
}

static const char *part_instead(enum ami_family to, enum user_data_kind kind)
{
    bool runs = kind == USER_DATA_SCRIPT || kind == USER_DATA_CLOUD_INIT;
    if (to == AMI_BOTTLEROCKET)
        return runs ? "settings in TOML; what has to run: a bootstrap container or a DaemonSet"
                    : "settings in TOML";
    if (to == AMI_AL2023)
        return "a NodeConfig for nodeadm, and shell scripts";
    return to == AMI_AL2 ? "a shell script" : NULL;
}

struct telling {
    struct arena arena;
    enum ami_family to;
    user_data_told *told;
    void *ctx;
};

/* A whole word: --max-pods is no --use-max-pods. */
static bool has_flag(struct sv text, const char *flag)
{
    size_t n = strlen(flag);
    for (struct sv rest = text; rest.len >= n;) {
        const char *at = sv_find(rest, flag);
        if (!at)
            return false;
        bool begins = at == text.ptr || !strchr("-_abcdefghijklmnopqrstuvwxyz", at[-1]);
        bool ends = at + n == text.ptr + text.len || strchr("= '\"\t\r\n\\", at[n]);
        if (begins && ends)
            return true;
        rest = sv_n(at + n, rest.len - (size_t)(at + n - rest.ptr));
    }
    return false;
}

static void tell_flags(struct telling *t, struct sv script)
{
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        const struct flag *f = &flags[i];
        if (!has_flag(script, f->flag))
            continue;
        struct user_data_loss loss = {
            mem_must(arena_fmt(&t->arena, "%s of bootstrap.sh", f->flag)),
            t->to == AMI_BOTTLEROCKET ? f->rocket : f->nodeadm,
        };
        t->told(t->ctx, &loss);
    }
}

static void tell_part(struct telling *t, const struct user_data_part *p)
{
    bool boots = p->kind == USER_DATA_SCRIPT && sv_has(p->text, "bootstrap.sh");
    if (boots && t->to == AMI_AL2023)
        t->told(t->ctx, &(struct user_data_loss){"the call of /etc/eks/bootstrap.sh, which this "
                                                 "image does not have",
                                                 "a NodeConfig for nodeadm"});
    if (!takes(t->to, p->kind)) {
        struct user_data_loss loss = {
            mem_must(arena_fmt(&t->arena, "the %s", user_data_kind_names[p->kind])),
            part_instead(t->to, p->kind),
        };
        t->told(t->ctx, &loss);
    }
    if (boots && t->to != AMI_AL2)
        tell_flags(t, p->text);
}

void user_data_losses(const struct user_data *u, enum ami_family to, user_data_told *told,
                      void *ctx)
{
    struct telling t = {.to = to, .told = told, .ctx = ctx};
    if (to != AMI_CUSTOM)
        vec_foreach(p, &u->parts)
            tell_part(&t, p);
    arena_release(&t.arena);
}
