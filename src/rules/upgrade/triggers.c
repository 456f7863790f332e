/* What makes a full parse worth it. Every rule's condition implies one of these; a test proves it
 * on each rule's own documents. Rare words on purpose: each hit costs a parse of its document. */
#include "rules/upgrade/triggers.h"

const char *const rules_literals[] = {
    /* looked for in any text; TEXT_WORDS of them */
    "amiFamily",
    "AmiType",
    "amiType",
    "ami_type",
    "amazon-eks-node-",
    "amazon-linux-2",
    "aws-k8s-1.",
    "--container-runtime",
    "containerRuntime",
    "--docker-endpoint",
    "--network-plugin",
    "--cni-bin-dir",
    "--image-pull-progress-deadline",
    "--pod-infra-container-image",
    "failCgroupV1",
    "unified_cgroup_hierarchy",
    "cgroupfs",
    "/sys/fs/cgroup/",
    "mode: ipvs",
    "mode: 'ipvs",
    "mode: \"ipvs",
    "mode=ipvs",
    "mode ipvs",
    "mode\":\"ipvs",
    "mode\": \"ipvs",
    "\\\"ipvs\\\"",
    "client.authentication.k8s.io/v1alpha1",
    /* token secrets, TOKEN_WORD */
    "-token-",
    /* annotations and labels */
    "beta.kubernetes.io/",
    ".alpha.kubernetes.io/",
    "kubernetes.io/psp",
    "kubernetes.io/ingress.class",
    "nginx.ingress.kubernetes.io/",
    "node-role.kubernetes.io/master",
    /* fields of pods; Ceph volumes always name their monitors */
    "docker.sock",
    "dockershim.sock",
    "gitRepo",
    "monitors",
    "flocker",
    "glusterfs",
    "photonPersistentDisk",
    "quobyte",
    "scaleIO",
    "storageos",
    "awsElasticBlockStore",
    "hostAliases",
    "nameservers",
    /* images and components; data/components.tsv */
    "k8s.gcr.io/",
    "gcr.io/google",
    "efs-provisioner",
    "ingress-nginx/controller",
    "nginx-ingress-controller",
    "aws-load-balancer-controller",
    "aws-alb-ingress-controller",
    "jetstack/cert-manager",
    "external-secrets/external-secrets",
    "snapshot-controller",
    "fluxcd/",
    "istio/p",
    "istio-release/",
    "karpenter/",
    "csi-secrets-store/driver",
    "s-csi-driver",
    "k8s.io/bundle-version",
    NULL,
};

/* Kinds for which words that are common elsewhere mean something. Without a word: always. */
static const struct {
    const char *kind;
    const char *const *words;
} kind_triggers[] = {
    {"AWSNodeTemplate", NULL},
    {"ClusterConfig", NULL},
    {"ClusterRole", (const char *const[]){"podsecuritypolicies", NULL}},
    {"ClusterRoleBinding",
     (const char *const[]){"system:anonymous", "system:unauthenticated", NULL}},
    {"CronJob", (const char *const[]){"TZ=", NULL}},
    {"EC2NodeClass", NULL},
    {"EndpointSlice", NULL},
    {"Endpoints", NULL},
    {"Ingress", (const char *const[]){"status:", NULL}},
    {"IngressClass", NULL},
    {"IstioOperator", NULL},
    {"NetworkPolicy", (const char *const[]){"cidr", "except", NULL}},
    {"Node", NULL},
    {"PersistentVolume", NULL},
    {"Role", (const char *const[]){"podsecuritypolicies", NULL}},
    {"RoleBinding", (const char *const[]){"system:anonymous", "system:unauthenticated", NULL}},
    {"Service",
     (const char *const[]){"topologyKeys", "loadBalancerIP", "externalIPs", "PreferClose",
                           "loadBalancerSourceRanges", "clusterIP", "topology-aware-hints", NULL}},
    {"ServiceAccount", (const char *const[]){"enforce-mountable-secrets", NULL}},
    {"StorageClass", NULL},
};

#define TEXT_WORDS 27
#define TOKEN_WORD ((uint64_t)1 << TEXT_WORDS)

static int trigger_of(struct sv kind)
{
    int low = 0, high = (int)(sizeof kind_triggers / sizeof *kind_triggers) - 1;
    while (low <= high) {
        int mid = (low + high) / 2;
        int c = sv_cmp(sv_of(kind_triggers[mid].kind), kind);
        if (c == 0)
            return mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid - 1;
    }
    return -1;
}

/* The five characters that the token controller appended come from this alphabet. */
bool triggers_token_name(struct sv name)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    if (name.len < 12 || memcmp(name.ptr + name.len - 12, "-token-", 7) != 0)
        return false;
    for (size_t i = name.len - 5; i < name.len; i++)
        if (!memchr(alphabet, name.ptr[i], sizeof alphabet - 1))
            return false;
    return true;
}

static bool has_token_name(struct sv text)
{
    const char *end = text.ptr + text.len;
    for (const char *at; (at = sv_find(text, "-token-"));) {
        const char *stop = at + 12;
        if (stop > end)
            return false;
        if ((stop == end || strchr(" \t\r\n\"',}]", *stop)) && triggers_token_name(sv_n(at, 12)))
            return true;
        text = sv_n(at + 7, (size_t)(end - at) - 7);
    }
    return false;
}

bool triggers_text(struct sv kind, uint64_t words)
{
    int i = trigger_of(kind);
    return (words & (TOKEN_WORD - 1)) || (i >= 0 && !kind_triggers[i].words);
}

bool rules_wants_tree(struct sv kind, struct sv text, uint64_t words)
{
    if (words & ~TOKEN_WORD)
        return true;
    if ((words & TOKEN_WORD) && has_token_name(text))
        return true;
    int i = kind.ptr ? trigger_of(kind) : -1;
    if (i < 0)
        return false;
    if (!kind_triggers[i].words)
        return true;
    for (const char *const *word = kind_triggers[i].words; *word; word++)
        if (sv_has(text, *word))
            return true;
    return false;
}
