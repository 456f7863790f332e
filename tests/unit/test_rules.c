#include "rules/upgrade/rules.h"
#include "rules/upgrade/tables.h"

#include "unit.h"

static struct version v(const char *text)
{
    struct version out = VERSION_NONE;
    if (text)
        assert_true(version_parse(sv_of(text), &out));
    return out;
}

struct judged {
    struct lifecycle lifecycle;
    struct rules_target target;
    struct rules_result result;
    struct doc_file doc;
};

static void judged_release(struct judged *j)
{
    rules_result_release(&j->result);
    lifecycle_release(&j->lifecycle);
    doc_release(&j->doc);
}

static uint64_t words_of(struct sv text)
{
    uint64_t words = 0;
    for (unsigned i = 0; rules_literals[i]; i++)
        words |= (uint64_t)sv_has(text, rules_literals[i]) << i;
    return words;
}

static int judge_object(void *ctx, struct doc_file *doc, struct object *o)
{
    struct judged *j = ctx;
    const struct doc_node *at = doc_get(o->root, "apiVersion");
    struct rules_place place = {
        .file = "x.yaml", .source = "manifest", .words = words_of(doc->text)};
    doc_position(doc, at->span.start, &place.line, &place.column);
    rules_judge_version(&j->result, &j->target, &place, o);
    rules_judge_tree(&j->result, &j->target, &place, doc, o);
    return 0;
}

static void judge(struct judged *j, const char *yaml, const char *from, const char *to)
{
    struct err err = {0};
    *j = (struct judged){0};
    lifecycle_init(&j->lifecycle);
    j->target = (struct rules_target){&j->lifecycle, v(from), v(to)};
    assert_int_equal(doc_parse(&j->doc, "x.yaml", sv_of(yaml), NULL, &err), 0);
    assert_int_equal(j->doc.error_count, 0);
    assert_int_equal(object_each(&j->doc, judge_object, j), 0);
    struct rules_place place = {.file = "x.yaml", .source = "manifest"};
    for (uint32_t i = 0; i < j->doc.part_count; i++) {
        struct object o;
        if (j->doc.parts[i].root && !object_of(j->doc.parts[i].root, &o))
            rules_judge_text(&j->result, &j->target, &place, &j->doc, j->doc.parts[i].root);
    }
    rules_settle(&j->result, &j->target);
    finding_set_sort(&j->result.set);
}

/* "rule@line rule@line" of all findings, in order of line and rule. */
static void list_findings(const struct finding_set *set, struct str *out)
{
    size_t done = 0;
    for (uint32_t line = 0; done < set->findings.len && line < 1000; line++)
        vec_foreach(f, &set->findings)
            if (f->subject.line == line) {
                str_addf(out, "%s%s@%u", out->len ? " " : "", f->rule, line);
                done++;
            }
}

struct rule_case {
    const char *to, *yaml, *expected;
};

#define POD(body) "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n" body
#define CORE(kind, body) "apiVersion: v1\nkind: " kind "\nmetadata: {name: a}\n" body

static const struct rule_case cases[] = {
    /* API versions */
    {"1.22", "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n",
     "api-removed@1"},
    {"1.21", "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n",
     "api-deprecated@1"},
    {"1.22", "kind: Ingress\nmetadata: {name: a}\napiVersion: networking.k8s.io/v1\n", ""},
    {"1.22", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n",
     "api-not-yet-served@1"},
    {"1.23", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\n",
     ""},
    {"1.33", CORE("Endpoints", ""), "api-deprecated@1"},
    {"1.32", CORE("Endpoints", ""), ""},
    {"1.22", "apiVersion: example.com/v1beta1\nkind: Ingress\nmetadata: {name: a}\n", ""},
    {"1.22",
     "kind: List\napiVersion: v1\nitems:\n- kind: Role\n  apiVersion: "
     "rbac.authorization.k8s.io/v1beta1\n  metadata: {name: a}\n",
     "api-removed@5"},
    {"1.30", "apiVersion: cert-manager.io/v1alpha2\nkind: Certificate\nmetadata: {name: a}\n",
     "component-api-removed@1"},
    {"1.30",
     "apiVersion: gateway.k8s.aws/v1beta1\nkind: LoadBalancerConfiguration\nmetadata: {name: a}\n",
     "component-api-deprecated@1"},
    {"1.30", "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: a}\n", ""},
    /* pods */
    {"1.24", POD("  volumes:\n  - name: d\n    hostPath: {path: /var/run/docker.sock}\n"),
     "docker-socket-mount@7"},
    {"1.24",
     POD("  volumes:\n  - name: d\n    hostPath: {path: /run/containerd/containerd.sock}\n"), ""},
    {"1.24",
     POD("  volumes:\n  - name: d\n    hostPath: {path: /var/run/}\n"
         "  containers:\n  - name: a\n    args: [--endpoint=unix:///host/run/docker.sock]\n"),
     "docker-socket-mount@7"},
    {"1.24", POD("  volumes:\n  - name: d\n    hostPath: {path: /var/run}\n"), ""},
    {"1.36", POD("  volumes:\n  - name: d\n    gitRepo: {repository: x}\n"), "git-repo-volume@7"},
    {"1.25", POD("  volumes:\n  - name: d\n    flocker: {}\n"), "flocker-volume@7"},
    {"1.31",
     POD("  volumes:\n  - name: d\n    cephfs: {monitors: []}\n  - name: e\n    rbd: {monitors: "
         "[]}\n"),
     "cephfs-volume@7 rbd-volume@9"},
    {"1.26", POD("  volumes:\n  - name: d\n    glusterfs: {}\n"), "glusterfs-volume@7"},
    {"1.26", POD("  volumes:\n  - {name: photonPersistentDisk, photonPersistentDisk: {}}\n"),
     "photon-volume@6"},
    {"1.26", POD("  volumes:\n  - {name: d, quobyte: {}}\n"), "quobyte-volume@6"},
    {"1.26", POD("  volumes:\n  - {name: d, scaleIO: {}}\n"), "scaleio-volume@6"},
    {"1.26", POD("  volumes:\n  - {name: d, storageos: {}}\n"), "storageos-volume@6"},
    {"1.26", POD("  volumes:\n  - {name: gitRepo, emptyDir: {}}\n"), ""},
    {"1.23", POD("  volumes:\n  - {name: d, awsElasticBlockStore: {volumeID: x}}\n"),
     "in-tree-ebs-volume@6"},
    {"1.35", POD("  volumes:\n  - name: d\n    hostPath: {path: /sys/fs/cgroup/memory/x}\n"),
     "cgroup-v1@7"},
    {"1.35", POD("  volumes:\n  - name: d\n    hostPath: {path: /sys/fs/cgroup}\n"), ""},
    {"1.30",
     "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    "
     "metadata:\n      annotations:\n        container.apparmor.security.beta.kubernetes.io/app: "
     "x\n    spec: {containers: [{name: app}]}\n",
     "apparmor-annotation@8"},
    {"1.30",
     "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    "
     "metadata:\n      annotations:\n        container.apparmor.security.beta.kubernetes.io/app: "
     "x\n    spec: {containers: [{name: app, securityContext: {appArmorProfile: {}}}]}\n",
     ""},
    {"1.27",
     "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: '* * * * *'\n  "
     "jobTemplate:\n    spec:\n      template:\n        metadata:\n          annotations:\n"
     "            seccomp.security.alpha.kubernetes.io/pod: x\n        spec: {}\n",
     "seccomp-annotation@11"},
    {"1.27",
     "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    "
     "seccomp.security.alpha.kubernetes.io/pod: x\nspec:\n  securityContext: {seccompProfile: "
     "{type: RuntimeDefault}}\n",
     ""},
    {"1.27",
     "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    "
     "scheduler.alpha.kubernetes.io/critical-pod: ''\n    "
     "security.alpha.kubernetes.io/sysctls: x\n    kubernetes.io/psp: restricted\nspec: {}\n",
     "critical-pod-annotation@6 sysctl-annotation@7 pod-security-policy@8"},
    {"1.27", POD("  nodeSelector:\n    beta.kubernetes.io/os: linux\n"), "os-arch-label-beta@6"},
    {"1.27", POD("  nodeSelector:\n    beta.kubernetes.io/instance-type: m5.large\n"),
     "instance-type-label-beta@6"},
    {"1.27",
     POD("  affinity:\n    podAntiAffinity:\n      "
         "requiredDuringSchedulingIgnoredDuringExecution:\n"
         "      - topologyKey: failure-domain.beta.kubernetes.io/zone\n"),
     "zone-label-beta@8"},
    {"1.27",
     POD("  affinity:\n    podAntiAffinity:\n      "
         "requiredDuringSchedulingIgnoredDuringExecution:\n"
         "      - topologyKey: topology.kubernetes.io/zone\n"),
     ""},
    {"1.24", POD("  tolerations:\n  - key: node-role.kubernetes.io/master\n"),
     "master-node-label@6"},
    {"1.24", POD("  volumes:\n  - {name: d, secret: {secretName: builder-token-x7k2p}}\n"),
     "service-account-token-secret@6"},
    {"1.24", POD("  volumes:\n  - {name: d, secret: {secretName: builder-token-store}}\n"), ""},
    {"1.24", CORE("ServiceAccount", "secrets:\n- name: builder-token-x7k2p\n"),
     "service-account-token-secret@5"},
    {"1.24", POD("  containers:\n  - {name: a, image: k8s.gcr.io/pause:3.1}\n"), "k8s-gcr-image@6"},
    {"1.24", POD("  containers:\n  - {name: a, image: registry.k8s.io/pause:3.1}\n"), ""},
    {"1.24",
     POD("  containers:\n  - {name: a, image: quay.io/external_storage/efs-provisioner:x}\n"),
     "efs-provisioner@6"},
    {"1.24",
     POD("  containers:\n  - {name: a, image: registry.k8s.io/ingress-nginx/controller:v1.9.4}\n"),
     "ingress-nginx-retired@6"},
    {"1.22",
     POD("  containers:\n  - {name: a, image: "
         "'x.example:5000/ingress-nginx/controller:v0.44.0@sha256:0'}\n"),
     "ingress-nginx-before-v1@6 ingress-nginx-retired@6"},
    {"1.24", POD("  containers:\n  - {name: a, image: nginx/nginx-ingress:3.0}\n"), ""},
    {"1.36", POD("  hostAliases:\n  - ip: 010.0.0.5\n"), "ip-leading-zeros@6"},
    {"1.24",
     "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {template: "
     "{spec: "
     "{volumes: [{name: d, hostPath: {path: /run/docker.sock}}]}}}\n",
     "docker-socket-mount@4"},
    {"1.24",
     "apiVersion: games.example.com/v1\nkind: Fleet\nmetadata: {name: a}\nspec: {pods: [{spec: "
     "{containers: [{name: a}], volumes: [{name: d, hostPath: {path: /run/docker.sock}}]}}]}\n",
     "docker-socket-mount@4"},
    /* network */
    {"1.36", CORE("Service", "spec:\n  externalIPs: [203.0.113.1]\n"), "service-external-ips@5"},
    {"1.36", CORE("Service", "spec:\n  externalIPs: []\n"), ""},
    {"1.36", CORE("Service", "spec:\n  externalIPs: [203.0.113.1]\n  clusterIP: None\n"), ""},
    {"1.22", CORE("Service", "spec:\n  topologyKeys: ['*']\n"), "service-topology-keys@5"},
    {"1.24", CORE("Service", "spec:\n  loadBalancerIP: 203.0.113.1\n"), "load-balancer-ip@5"},
    {"1.35", CORE("Service", "spec:\n  trafficDistribution: PreferClose\n"),
     "traffic-distribution-prefer-close@5"},
    {"1.36", CORE("Service", "spec:\n  clusterIP: 10.000.0.1\n"), "ip-leading-zeros@5"},
    {"1.27",
     "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  annotations:\n    "
     "service.alpha.kubernetes.io/tolerate-unready-endpoints: 'true'\n    "
     "service.kubernetes.io/topology-aware-hints: auto\n",
     "tolerate-unready-endpoints@6 topology-hints-annotation@7"},
    {"1.36",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  "
     "ingress:\n"
     "  - from:\n    - ipBlock: {cidr: 10.0.0.5/24}\n",
     "ip-leading-zeros@7"},
    {"1.36",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  "
     "egress:\n"
     "  - to:\n    - ipBlock: {cidr: 10.0.0.0/24, except: ['2001:db8::/32']}\n",
     ""},
    {"1.36",
     "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\nendpoints:\n"
     "- addresses: ['::ffff:10.0.0.1']\n",
     "ip-leading-zeros@5"},
    {"1.24",
     "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations:\n    "
     "kubernetes.io/ingress.class: nginx\n    nginx.ingress.kubernetes.io/server-snippet: x\n    "
     "nginx.org/proxy-buffering: 'on'\n",
     "ingress-class-annotation@6 ingress-nginx-annotations@7 ingress-nginx-snippet@7"},
    {"1.24",
     "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\n  annotations:\n    "
     "kubernetes.io/ingress.class: nginx\n    nginx.org/proxy-buffering: 'on'\nspec: "
     "{ingressClassName: other}\n",
     "ingress-class-both@6"},
    {"1.24",
     "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: a}\nspec:\n  "
     "controller: k8s.io/ingress-nginx\n",
     "ingress-nginx-retired@5"},
    {"1.24",
     "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: a}\nspec:\n  "
     "controller: nginx.org/ingress-controller\n",
     ""},
    /* storage */
    {"1.23",
     "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a}\nprovisioner: "
     "kubernetes.io/aws-ebs\n",
     "in-tree-ebs-volume@4"},
    {"1.23",
     "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a}\nprovisioner: "
     "kubernetes.io/aws-ebs\n---\n" POD(
         "  containers:\n  - {name: a, image: "
         "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.20.0}\n"),
     ""},
    {"1.23",
     "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a}\nprovisioner: "
     "example.com/aws-efs\n",
     "efs-provisioner@4"},
    {"1.23",
     "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: a}\nprovisioner: "
     "efs.csi.aws.com\n",
     "efs-csi-driver-missing@4"},
    {"1.23",
     "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: a\n  annotations:\n    "
     "storageclass.beta.kubernetes.io/is-default-class: 'true'\nprovisioner: x\n"
     "allowedTopologies:\n- matchLabelExpressions:\n  - key: "
     "failure-domain.beta.kubernetes.io/zone\n",
     "default-class-annotation-beta@6 zone-label-beta@10"},
    {"1.23",
     "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: a\n  annotations:\n    "
     "volume.beta.kubernetes.io/storage-class: gp2\n",
     "storage-class-annotation@6"},
    /* cluster */
    {"1.25",
     "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules:\n"
     "- apiGroups: [policy]\n  resources: [podsecuritypolicies]\n  verbs: [use]\n",
     "pod-security-policy@6"},
    {"1.32",
     "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\n"
     "subjects:\n- kind: User\n  name: system:anonymous\n",
     "anonymous-access@6"},
    {"1.31",
     "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\n"
     "subjects:\n- kind: User\n  name: system:anonymous\n",
     ""},
    {"1.32",
     "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  annotations:\n    "
     "kubernetes.io/enforce-mountable-secrets: 'true'\n",
     "enforce-mountable-secrets@6"},
    {"1.29",
     "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: CRON_TZ=UTC 1 * "
     "* * *\n",
     "cronjob-schedule-tz@5"},
    {"1.29",
     "apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  annotations:\n    "
     "scheduler.alpha.kubernetes.io/preferAvoidPods: '{}'\n",
     "prefer-avoid-pods@6"},
    /* text */
    {"1.33",
     "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: "
     "a}\nmanagedNodeGroups:\n"
     "- name: x\n  amiFamily: AmazonLinux2\n",
     "al2-node-image@6"},
    {"1.33",
     "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: a}\nspec:\n  "
     "amiSelectorTerms:\n  - alias: al2@latest\n",
     "al2-node-image@6"},
    {"1.33",
     "Resources:\n  G:\n    Type: AWS::EKS::Nodegroup\n    Properties:\n      AmiType: "
     "AL2_x86_64\n",
     "al2-node-image@5"},
    {"1.33", "Resources:\n  G:\n    Properties:\n      AmiType: AL2023_x86_64_STANDARD\n", ""},
    {"1.33", "ami: amazon-eks-node-al2023-x86_64-standard-1.30-v2024\n", ""},
    {"1.33", "path: /aws/service/eks/optimized-ami/1.30/amazon-linux-2/recommended/image_id\n",
     "al2-node-image@1"},
    {"1.33", "path: /aws/service/eks/optimized-ami/1.30/amazon-linux-2023/x/recommended\n", ""},
    {"1.33", "ami: /aws/service/bottlerocket/aws-k8s-1.28/x86_64/latest/image_id\n",
     "bottlerocket-variant-pinned@1"},
    {"1.28", "ami: /aws/service/bottlerocket/aws-k8s-1.28/x86_64/latest/image_id\n", ""},
    {"1.24",
     CORE("ConfigMap", "data:\n  run.sh: |\n    set -e\n    /etc/eks/bootstrap.sh x "
                       "--container-runtime dockerd\n"),
     "docker-runtime-flag@7"},
    {"1.24", CORE("ConfigMap", "data:\n  run.sh: x --container-runtime containerd\n"), ""},
    {"1.27", CORE("ConfigMap", "data:\n  run.sh: kubelet --container-runtime=remote\n"),
     "kubelet-container-runtime-flag@5"},
    {"1.27", CORE("ConfigMap", "data:\n  run.sh: kubelet --container-runtime-endpoint=unix:///x\n"),
     ""},
    {"1.35", CORE("ConfigMap", "data:\n  run.sh: kubelet --pod-infra-container-image=pause\n"),
     "kubelet-pod-infra-flag@5"},
    {"1.35",
     CORE("ConfigMap", "data:\n  config: |\n    kind: KubeProxyConfiguration\n    mode: "
                       "\"ipvs\"\n"),
     "kube-proxy-ipvs@7"},
    {"1.35", CORE("ConfigMap", "data:\n  config: |\n    mode: iptables\n    ipvs: {}\n"), ""},
    {"1.35",
     "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailCgroupV1: false\n",
     "cgroup-v1@3"},
    {"1.24",
     CORE("ConfigMap", "data:\n  kubeconfig: |\n    users:\n    - user:\n        exec:\n          "
                       "apiVersion: client.authentication.k8s.io/v1alpha1\n"),
     "kubeconfig-exec-alpha@9"},
    /* schemas are not objects */
    {"1.36",
     "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
     "spec: {x: {containers: [{name: a, image: k8s.gcr.io/x}], gitRepo: {}, mode: ipvs}}\n",
     ""},
};

/* Would a scan, which sees only kinds and words, have asked for the tree? */
static bool is_triggered(const struct judged *j, const struct finding *f)
{
    struct sv kind = f->subject.kind ? sv_of(f->subject.kind) : SV_NONE;
    return rules_wants_tree(kind, j->doc.text, words_of(j->doc.text));
}

static void test_each_rule(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct judged j;
        _cleanup_str_ struct str found = {0};
        judge(&j, cases[i].yaml, NULL, cases[i].to);
        list_findings(&j.result.set, &found);
        if (strcmp(str_c(&found), cases[i].expected) != 0)
            print_error("case %zu:\n%s", i, cases[i].yaml);
        assert_string_equal(str_c(&found), cases[i].expected);
        vec_foreach(f, &j.result.set.findings) {
            assert_true(f->message && *f->message && f->fix && *f->fix);
            assert_true(f->subject.column > 0);
            if (!strstr(f->rule, "api-"))
                assert_true(is_triggered(&j, f));
        }
        judged_release(&j);
    }
}

/* Only a cluster can fire these; test_live.c does. */
static bool needs_cluster(const char *rule)
{
    static const char *const rules[] = {"api-requested", "crd-stored-version",
                                        "node-docker-runtime", "node-kubelet-skew"};
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (strcmp(rules[i], rule) == 0)
            return true;
    return false;
}

static void test_every_rule_has_a_case(void **state)
{
    for (size_t r = 0; r < table_rules_len; r++) {
        bool found = needs_cluster(table_rules[r].id);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
            found = found || strstr(cases[i].expected, table_rules[r].id);
        if (!found)
            print_error("no case fires %s\n", table_rules[r].id);
        assert_true(found);
    }
}

static void test_literals_fit_the_search(void **state)
{
    size_t count = 0;
    for (; rules_literals[count]; count++) {
        assert_true(strlen(rules_literals[count]) >= 5);
        for (size_t i = 0; i < count; i++)
            assert_null(strstr(rules_literals[count], rules_literals[i]));
    }
    assert_in_range(count, 1, 64);
}

static void test_rule_table(void **state)
{
    struct rule_table rules = rules_table();
    for (size_t i = 0; i < rules.count; i++) {
        const struct rule_info *rule = &rules.items[i];
        assert_ptr_equal(rule_info_find(&rules, rule->id), rule);
        assert_true(*rule->title && *rule->why && *rule->fix && rule->links && rule->links[0]);
    }
}

/* Comments and the order of keys change where things stand, never what is found. */
static void test_comments_change_nothing(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct judged plain, commented;
        _cleanup_str_ struct str text = {0};
        if (strstr(cases[i].yaml, ": |"))
            continue;
        struct sv rest = sv_of(cases[i].yaml);
        while (rest.len) {
            struct sv line = sv_split(&rest, '\n');
            str_addf(&text, "# docker.sock gitRepo AL2_ k8s.gcr.io/x\n%.*s\n", SV_ARG(line));
        }
        judge(&plain, cases[i].yaml, NULL, cases[i].to);
        judge(&commented, str_c(&text), NULL, cases[i].to);
        size_t count = plain.result.set.findings.len;
        assert_int_equal(commented.result.set.findings.len, count);
        for (size_t f = 0; f < count; f++) {
            const struct finding *a = &plain.result.set.findings.items[f];
            const struct finding *b = &commented.result.set.findings.items[f];
            assert_string_equal(a->rule, b->rule);
            assert_string_equal(a->message, b->message);
            assert_int_equal(b->subject.line, a->subject.line * 2);
        }
        judged_release(&plain);
        judged_release(&commented);
    }
}

static const struct finding *only(const struct judged *j)
{
    assert_int_equal(j->result.set.findings.len, 1);
    return &j->result.set.findings.items[0];
}

static void test_words_of_a_removed_version(void **state)
{
    static const char ingress[] =
        "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a, namespace: b}\n";
    struct judged j;
    judge(&j, ingress, "1.21", "1.25");
    const struct finding *f = only(&j);
    assert_string_equal(f->message, "extensions/v1beta1 Ingress is not served from 1.22 on");
    assert_string_equal(f->fix, "write networking.k8s.io/v1 (served since 1.19)");
    assert_string_equal(f->replacement_api_version, "networking.k8s.io/v1");
    assert_string_equal(f->replacement_kind, "Ingress");
    assert_int_equal(f->severity, FINDING_REMOVED);
    assert_int_equal(f->before.minor, 22);
    assert_int_equal(f->subject.line, 1);
    assert_int_equal(f->subject.column, 13);
    assert_string_equal(f->subject.namespace, "b");
    judged_release(&j);
    judge(&j, ingress, "1.24", "1.25");
    assert_string_equal(only(&j)->message, "extensions/v1beta1 Ingress is refused by the server "
                                           "already: not served since 1.22");
    judged_release(&j);
    judge(&j, "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\n", "1.21",
          "1.25");
    assert_null(only(&j)->replacement_api_version);
    assert_true(strstr(only(&j)->fix, "pod-security.kubernetes.io/enforce") != NULL);
    judged_release(&j);
}

static void test_component_versions(void **state)
{
    static const char *const with[] = {"quay.io/jetstack/cert-manager-controller:v1.3.1",
                                       "quay.io/jetstack/cert-manager-controller:v1.5.0",
                                       "quay.io/jetstack/cert-manager-controller:v1.6.0",
                                       "example.com/jetstack/cert-manager-controller"};
    static const char *const expected[] = {
        "component-api-removed info", "component-api-deprecated deprecated",
        "component-api-removed removed", "component-api-removed deprecated"};
    for (size_t i = 0; i < ARRAY_LEN(with); i++) {
        struct judged j;
        _cleanup_str_ struct str yaml = {0}, found = {0};
        str_addf(&yaml,
                 "apiVersion: cert-manager.io/v1alpha2\nkind: Certificate\nmetadata: {name: a}\n"
                 "---\n" POD("  containers:\n  - {name: a, image: '%s'}\n"),
                 with[i]);
        judge(&j, str_c(&yaml), NULL, "1.30");
        vec_foreach(f, &j.result.set.findings) {
            str_addf(&found, "%s %s", f->rule, finding_severity_name(f->severity));
            assert_string_equal(f->component, "cert-manager");
            assert_false(f->before.set);
        }
        assert_string_equal(str_c(&found), expected[i]);
        judged_release(&j);
    }
}

static void test_severity_follows_the_target(void **state)
{
    static const char git[] = POD("  volumes:\n  - {name: d, gitRepo: {repository: x}}\n");
    struct judged j;
    judge(&j, git, NULL, "1.35");
    assert_int_equal(only(&j)->severity, FINDING_WARNING);
    assert_int_equal(only(&j)->before.minor, 36);
    judged_release(&j);
    judge(&j, git, NULL, "1.36");
    assert_int_equal(only(&j)->severity, FINDING_REMOVED);
    judged_release(&j);
}

static void test_join_and_annotation_counts(void **state)
{
    static const char ingress[] = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  "
                                  "name: %s\n  annotations:\n    "
                                  "nginx.ingress.kubernetes.io/rewrite-target: /\n";
    struct judged a, b;
    _cleanup_str_ struct str x = {0}, y = {0};
    str_addf(&x, ingress, "one");
    str_addf(&y, ingress, "two");
    judge(&a, str_c(&x), NULL, "1.30");
    judge(&b, str_c(&y), NULL, "1.30");
    rules_join(&a.result, &b.result);
    assert_int_equal(b.result.set.findings.len, 0);
    a.result.set.notes.len = 0;
    rules_settle(&a.result, &a.target);
    assert_int_equal(a.result.set.findings.len, 2);
    assert_string_equal(a.result.set.notes.items[0].message,
                        "nginx.ingress.kubernetes.io annotations in use: rewrite-target 2");
    judged_release(&a);
    judged_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule),
        cmocka_unit_test(test_every_rule_has_a_case),
        cmocka_unit_test(test_literals_fit_the_search),
        cmocka_unit_test(test_rule_table),
        cmocka_unit_test(test_comments_change_nothing),
        cmocka_unit_test(test_words_of_a_removed_version),
        cmocka_unit_test(test_component_versions),
        cmocka_unit_test(test_severity_follows_the_target),
        cmocka_unit_test(test_join_and_annotation_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
