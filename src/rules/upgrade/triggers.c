/* What makes a full parse worth it. Every rule's condition implies one of these; a test proves it
 * on each rule's own documents. Rare words on purpose: each hit costs a parse of its document. */
#include "rules/upgrade/rules.h"

const char *const rules_literals[] = {
    /* node images and node set up */
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
    "\"ipvs\"",
    "\\\"ipvs\\\"",
    "client.authentication.k8s.io/v1alpha1",
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
    "-token-",
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

bool rules_wants_tree(struct sv kind, struct sv text)
{
    int i = trigger_of(kind);
    if (i < 0)
        return false;
    if (!kind_triggers[i].words)
        return true;
    for (const char *const *word = kind_triggers[i].words; *word; word++)
        if (sv_has(text, *word))
            return true;
    return false;
}
