/* Pods and pod templates: annotations, volumes, labels that are asked for, secrets. */
#include "rules/upgrade/breakers.h"
#include "rules/upgrade/triggers.h"

struct doc_pair *breakers_annotation(const struct doc_node *metadata, const char *name)
{
    return doc_pair_of(doc_get(metadata, "annotations"), name);
}

/* Is securityContext.<field> set in the pod or in any of its containers? */
static bool has_security_field(const struct podspec *pod, const char *field)
{
    if (doc_get(doc_get(pod->spec, "securityContext"), field))
        return true;
    static const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        doc_each_item(c, doc_get(pod->spec, lists[i])) {
            if (doc_get(doc_get(c, "securityContext"), field))
                return true;
        }
    }
    return false;
}

static void security_annotation(const struct rules_run *run, const struct podspec *pod,
                                const struct doc_node *key)
{
    struct sv name = key->text;
    if (sv_starts(name, "container.apparmor.security.beta.kubernetes.io/") &&
        !has_security_field(pod, "appArmorProfile"))
        run_report(run, "apparmor-annotation", key, "AppArmor profile is set by annotation %.*s",
                   SV_ARG(name));
    if ((sv_is(name, "seccomp.security.alpha.kubernetes.io/pod") ||
         sv_starts(name, "container.seccomp.security.alpha.kubernetes.io/")) &&
        !has_security_field(pod, "seccompProfile"))
        run_report(run, "seccomp-annotation", key,
                   "seccomp profile is set by annotation %.*s only, without the field "
                   "seccompProfile",
                   SV_ARG(name));
    if (sv_is(name, "security.alpha.kubernetes.io/sysctls") ||
        sv_is(name, "security.alpha.kubernetes.io/unsafe-sysctls"))
        run_report(run, "sysctl-annotation", key, "sysctls are set by annotation %.*s",
                   SV_ARG(name));
    if (sv_is(name, "scheduler.alpha.kubernetes.io/critical-pod"))
        run_report(run, "critical-pod-annotation", key, "pod is called critical by annotation %.*s",
                   SV_ARG(name));
    if (sv_is(name, "kubernetes.io/psp"))
        run_report(run, "pod-security-policy", key,
                   "pod names its PodSecurityPolicy by annotation");
}

static bool mentions(const struct doc_node *node, const char *text, unsigned depth)
{
    if (!node || depth > 16)
        return false;
    if (node->type == DOC_STRING && sv_has(node->text, text))
        return true;
    doc_each_pair(p, node) {
        if (mentions(p->value, text, depth + 1))
            return true;
    }
    doc_each_item(item, node) {
        if (mentions(item, text, depth + 1))
            return true;
    }
    return false;
}

static struct sv without_slashes_at_end(struct sv path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

static void host_path(const struct rules_run *run, const struct podspec *pod,
                      const struct doc_node *value)
{
    static const char *const sockets[] = {"/var/run/docker.sock", "/run/docker.sock",
                                          "/var/run/dockershim.sock", "/run/dockershim.sock"};
    struct sv path = without_slashes_at_end(doc_string(value));
    if (!path.len)
        return;
    for (size_t i = 0; i < ARRAY_LEN(sockets); i++)
        if (sv_is(path, sockets[i]))
            run_report(run, "docker-socket-mount", value, "mounts %.*s from the node",
                       SV_ARG(path));
    if ((sv_is(path, "/var/run") || sv_is(path, "/run")) &&
        mentions(doc_get(pod->spec, "containers"), "docker.sock", 0))
        run_report(run, "docker-socket-mount", value,
                   "mounts %.*s from the node and speaks to docker.sock in it", SV_ARG(path));
    static const char *const v1_controllers[] = {
        "memory", "cpu", "cpuacct", "cpuset", "blkio", "pids", "cpu,cpuacct", "devices", "freezer"};
    for (size_t i = 0; sv_starts(path, "/sys/fs/cgroup/") && i < ARRAY_LEN(v1_controllers); i++) {
        struct sv rest = sv_n(path.ptr + 15, path.len - 15);
        if (sv_is(sv_split(&rest, '/'), v1_controllers[i]))
            run_report(run, "cgroup-v1", value, "mounts the cgroup v1 path %.*s from the node",
                       SV_ARG(path));
    }
}

void breakers_volume_source(const struct rules_run *run, const struct doc_node *source)
{
    static const struct {
        const char *field, *rule;
    } gone[] = {
        {"gitRepo", "git-repo-volume"},
        {"cephfs", "cephfs-volume"},
        {"rbd", "rbd-volume"},
        {"flocker", "flocker-volume"},
        {"glusterfs", "glusterfs-volume"},
        {"photonPersistentDisk", "photon-volume"},
        {"quobyte", "quobyte-volume"},
        {"scaleIO", "scaleio-volume"},
        {"storageos", "storageos-volume"},
    };
    for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
        const struct doc_pair *p = doc_pair_of(source, gone[i].field);
        if (p && p->value->type == DOC_MAP)
            run_report(run, gone[i].rule, p->key, "uses a volume of the built-in type %s",
                       gone[i].field);
    }
    const struct doc_pair *ebs = doc_pair_of(source, "awsElasticBlockStore");
    if (ebs && ebs->value->type == DOC_MAP)
        run_report_unless(run, "aws-ebs-csi-driver", "in-tree-ebs-volume", ebs->key,
                          "uses an EBS volume of the built-in driver, and no EBS CSI driver is "
                          "seen here");
}

static void volumes(const struct rules_run *run, const struct podspec *pod)
{
    doc_each_item(volume, doc_get(pod->spec, "volumes")) {
        breakers_volume_source(run, volume);
        host_path(run, pod, doc_at(volume, "hostPath.path"));
        breakers_token_secret(run, doc_at(volume, "secret.secretName"));
        doc_each_item(source, doc_at(volume, "projected.sources"))
            breakers_token_secret(run, doc_at(source, "secret.name"));
    }
    doc_each_item(secret, doc_get(pod->spec, "imagePullSecrets"))
        breakers_token_secret(run, doc_get(secret, "name"));
}

void breakers_label_key(const struct rules_run *run, const struct doc_node *key)
{
    static const struct {
        const char *label, *rule;
    } labels[] = {
        {"beta.kubernetes.io/instance-type", "instance-type-label-beta"},
        {"beta.kubernetes.io/os", "os-arch-label-beta"},
        {"beta.kubernetes.io/arch", "os-arch-label-beta"},
        {"failure-domain.beta.kubernetes.io/zone", "zone-label-beta"},
        {"failure-domain.beta.kubernetes.io/region", "zone-label-beta"},
        {"node-role.kubernetes.io/master", "master-node-label"},
    };
    struct sv text = doc_string(key);
    for (size_t i = 0; text.len && i < ARRAY_LEN(labels); i++)
        if (sv_is(text, labels[i].label))
            run_report(run, labels[i].rule, key, "asks for the node label %s", labels[i].label);
}

/* `key` and `topologyKey` values at any depth of an affinity. */
static void label_keys_below(const struct rules_run *run, const struct doc_node *node,
                             unsigned depth)
{
    if (!node || depth > 12)
        return;
    doc_each_pair(p, node) {
        if (sv_is(p->key->text, "key") || sv_is(p->key->text, "topologyKey"))
            breakers_label_key(run, p->value);
        else
            label_keys_below(run, p->value, depth + 1);
    }
    doc_each_item(item, node)
        label_keys_below(run, item, depth + 1);
}

static void node_labels(const struct rules_run *run, const struct podspec *pod)
{
    doc_each_pair(p, doc_get(pod->spec, "nodeSelector"))
        breakers_label_key(run, p->key);
    label_keys_below(run, doc_get(pod->spec, "affinity"), 0);
    label_keys_below(run, doc_get(pod->spec, "topologySpreadConstraints"), 0);
    doc_each_item(toleration, doc_get(pod->spec, "tolerations")) {
        const struct doc_node *key = doc_get(toleration, "key");
        if (sv_is(doc_string(key), "node-role.kubernetes.io/master"))
            run_report(run, "master-node-label", key,
                       "tolerates the taint node-role.kubernetes.io/master");
    }
}

void breakers_token_secret(const struct rules_run *run, const struct doc_node *name)
{
    struct sv text = doc_string(name);
    if (text.ptr && triggers_token_name(text))
        run_report(run, "service-account-token-secret", name,
                   "names the auto-made token secret %.*s", SV_ARG(text));
}

static void container(const struct rules_run *run, const struct podspec *pod,
                      const struct doc_node *c)
{
    doc_each_item(env, doc_get(c, "env"))
        breakers_token_secret(run, doc_at(env, "valueFrom.secretKeyRef.name"));
    doc_each_item(from, doc_get(c, "envFrom"))
        breakers_token_secret(run, doc_at(from, "secretRef.name"));
    breakers_image(run, pod, c);
}

static void addresses(const struct rules_run *run, const struct podspec *pod)
{
    doc_each_item(alias, doc_get(pod->spec, "hostAliases"))
        breakers_address(run, doc_get(alias, "ip"));
    doc_each_item(server, doc_at(pod->spec, "dnsConfig.nameservers"))
        breakers_address(run, server);
}

void breakers_pod(const struct rules_run *run, const struct podspec *pod)
{
    doc_each_pair(p, doc_get(pod->metadata, "annotations"))
        security_annotation(run, pod, p->key);
    volumes(run, pod);
    node_labels(run, pod);
    addresses(run, pod);
    podspec_each_container(run, pod, container);
}
