#include "base/str.h"
#include "world/apply.h"

#include <inttypes.h>

#include "load_texts.h"

/* ---- lists ---- */

static const char cluster[] =
    "{'apiVersion':'v1','items':["
    "{'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'shop','name':'cart-5f7-a',"
    "'uid':'p1','creationTimestamp':'2026-11-01T00:00:00Z','labels':{'app':'cart'},"
    "'ownerReferences':[{'apiVersion':'apps/v1','kind':'ReplicaSet','name':'cart-5f7','uid':'r1',"
    "'controller':true}]},'spec':{'nodeName':'n1','containers':[{'image':'cart:1',"
    "'resources':{'requests':{'cpu':'250m','memory':'1Gi'}}}]},"
    "'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True',"
    "'lastTransitionTime':'2026-11-01T00:00:20Z'},{'type':'PodScheduled','status':'True',"
    "'lastTransitionTime':'2026-11-01T00:00:02Z'}],'containerStatuses':[{'restartCount':0,"
    "'state':{'running':{'startedAt':'2026-11-01T00:00:09Z'}}}]}},"
    "{'apiVersion':'apps/v1','kind':'ReplicaSet','metadata':{'namespace':'shop','name':'cart-5f7',"
    "'uid':'r1','ownerReferences':[{'apiVersion':'apps/v1','kind':'Deployment','name':'cart',"
    "'uid':'d1','controller':true}]},'spec':{'replicas':2,'selector':{'matchLabels':{'app':"
    "'cart'}}}},"
    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'namespace':'shop','name':'cart',"
    "'uid':'d1'},'spec':{'replicas':2,'strategy':{'type':'Recreate'}}},"
    "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n1','uid':'u1','labels':"
    "{'topology.kubernetes.io/zone':'eu-west-1a','eks.amazonaws.com/nodegroup':'blue',"
    "'node.kubernetes.io/instance-type':'m5.large'}},'spec':{'providerID':'aws:///x/i-1',"
    "'unschedulable':true,'taints':[{'key':'k','value':'v','effect':'NoExecute'}]},"
    "'status':{'allocatable':{'cpu':'1930m','memory':'7Gi','pods':'29','nvidia.com/gpu':'1'},"
    "'capacity':{'cpu':'2','memory':'8Gi','pods':'29'},'conditions':[{'type':'Ready',"
    "'status':'True','lastTransitionTime':'2026-11-01T00:00:00Z'}],"
    "'nodeInfo':{'kubeletVersion':'v1.28.5-eks-1'},'images':[{'names':['cart:1','cart@sha256:1'],"
    "'sizeBytes':1000}]}},"
    "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'x'},'data':{'p':'czNjcjN0'}}"
    "],'kind':'List','metadata':{'resourceVersion':''}}";

static void a_list_of_kubectl_becomes_a_world(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w, cluster);
    assert_int_equal(w.live_nodes, 1);
    assert_int_equal(w.live_pods, 1);
    const struct world_node *n = &w.nodes.items[world_find_node(&w, SV("n1"))];
    assert_text(&w, n->zone, "eu-west-1a");
    assert_text(&w, n->group, "blue");
    assert_text(&w, n->instance_type, "m5.large");
    assert_text(&w, n->provider_id, "aws:///x/i-1");
    assert_text(&w, n->kubelet_version, "v1.28.5-eks-1");
    assert_true(n->unschedulable && n->ready && n->taint_count == 1 && n->image_count == 2);
    assert_int_equal(n->taints[0].effect, TAINT_NO_EXECUTE);
    assert_int_equal(n->allocatable.cpu, 1930);
    assert_int_equal(n->allocatable.memory, 7516192768);
    assert_int_equal(n->allocatable.scalar_count, 1);
    assert_int_equal(n->capacity.cpu, 2000);
    assert_int_equal(n->max_pods, 29);

    uint32_t p = world_find_pod(&w, SV("shop"), SV("cart-5f7-a"));
    const struct world_pod *pod = &w.pods.items[p];
    assert_int_equal(pod->node, world_find_node(&w, SV("n1")));
    assert_int_equal(pod->phase, POD_RUNNING);
    assert_true(pod->ready);
    assert_int_equal(pod->scheduled - pod->created, 2);
    assert_int_equal(pod->started - pod->created, 9);
    assert_int_equal(pod->ready_since - pod->created, 20);
    assert_int_equal(world_class_of(&w, p)->request.cpu, 250);
    uint32_t top = world_top_owner(&w, p);
    assert_int_equal(w.workloads.items[top].kind, WORKLOAD_DEPLOYMENT);
    assert_true(w.workloads.items[top].recreate);
    assert_int_equal(w.workloads.items[pod->owner].kind, WORKLOAD_REPLICASET);
    assert_int_equal(w.workloads.items[pod->owner].template, pod->class);
    assert_int_equal(w.samples[TIMING_SCHEDULE].items[0], 2000);
    assert_int_equal(w.samples[TIMING_START].items[0], 7000);
    assert_int_equal(w.samples[TIMING_READY].items[0], 11000);
    assert_int_equal(w.notes.len, 0);
    assert_int_equal(strings_find(&w.strings, SV("czNjcjN0")), STRINGS_NONE);
}

static void lists_may_be_of_any_shape(void **state)
{
    static const char *const shapes[] = {
        "{'kind':'NodeList','apiVersion':'v1','items':[{'metadata':{'name':'a'}},"
        "{'metadata':{'name':'b'}}]}",
        "{'items':[{'metadata':{'name':'a'}},{'metadata':{'name':'b'}}],'kind':'NodeList',"
        "'apiVersion':'v1'}",
        NODE("a", "") "\n" NODE("b", "") "\n",
        "\xEF\xBB\xBF {'items':[" NODE("a", "") "," NODE("b", "") "]}",
        "{'kind':'List','items':[{'spec':{},'metadata':{'name':'a'},'kind':'Node'},"
        "{'kind':'\\u004eode','metadata':{'name':'b'}}]}",
        "{'apiVersion':'v1','kind':'List','items':[{'kind':'NodeList','items':["
        "{'metadata':{'name':'a'}},{'metadata':{'name':'b'}}]}]}",
        NODE("a", "") NODE("b", "") NODE("a", ",'uid':'later'"),
    };
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        _cleanup_world_ struct world w;
        LOAD(&w, shapes[i]);
        if (w.live_nodes != 2 || world_find_node(&w, SV("b")) == WORLD_NONE)
            fail_msg("%u nodes in %s", w.live_nodes, shapes[i]);
    }
}

static void the_order_of_objects_does_not_matter(void **state)
{
    static const char *const texts[] = {
        POD("one", "'nodeName':'n1','volumes':[{'name':'v','persistentVolumeClaim':{'claimName':"
                   "'data'}}]"),
        "{'kind':'PersistentVolumeClaim','metadata':{'namespace':'shop','name':'data'},"
        "'spec':{'volumeName':'pv1','storageClassName':'gp3'},'status':{'phase':'Bound'}}",
        "{'kind':'PersistentVolume','metadata':{'name':'pv1'},'spec':{'claimRef':{'namespace':"
        "'shop','name':'data'},'csi':{'driver':'ebs.csi.aws.com','volumeHandle':'vol-1'}}}",
        "{'kind':'StorageClass','metadata':{'name':'gp3'},'provisioner':'ebs.csi.aws.com'}",
        "{'kind':'VolumeAttachment','metadata':{'name':'at'},'spec':{'nodeName':'n1','source':"
        "{'persistentVolumeName':'pv1'}},'status':{'attached':true}}",
        NODE("n1", ""),
        "{'kind':'CSINode','metadata':{'name':'n1'},'spec':{'drivers':[{'name':'ebs.csi.aws.com',"
        "'allocatable':{'count':24}}]}}",
    };
    const char *reversed[ARRAY_LEN(texts)];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        reversed[i] = texts[ARRAY_LEN(texts) - 1 - i];
    _cleanup_world_ struct world a, b;
    char why[256];
    load_all(&a, texts, ARRAY_LEN(texts));
    load_all(&b, reversed, ARRAY_LEN(texts));
    if (!world_equal(&a, &b, why, sizeof why))
        fail_msg("%s", why);
    const struct world_pod *p = &a.pods.items[world_find_pod(&a, SV("shop"), SV("one"))];
    assert_int_equal(p->claim_count, 1);
    const struct world_pvc *c = &a.pvcs.items[a.pod_claims.items[p->claims]];
    assert_int_equal(c->phase, CLAIM_BOUND);
    assert_int_equal(a.pvs.items[c->pv].claim, 0);
    assert_true(a.pvs.items[c->pv].attachable);
    assert_int_equal(a.attachments.items[0].pv, c->pv);
    assert_int_equal(a.attachments.items[0].node, p->node);
    assert_int_equal(a.nodes.items[p->node].csi[0].count, 24);
}

/* ---- pods ---- */

static void requests_add_up_as_in_kubernetes(void **state)
{
#define CPU(n) "'resources':{'requests':{'cpu':'" n "','memory':'1Mi'}}"
    static const struct {
        const char *pod;
        int64_t cpu, cpu_old, score_cpu;
    } cases[] = {
        {POD("p", "'containers':[{" CPU("100m") "},{" CPU("200m") "}]"), 300, 300, 300},
        {POD("p", "'containers':[{" CPU("100m") "}],'initContainers':[{" CPU("500m") "},{" CPU(
                      "200m") "}]"),
         500, 500, 500},
        {POD("p", "'containers':[{" CPU("100m") "}],'overhead':{'cpu':'10m'}"), 110, 110, 110},
        {POD("p", "'containers':[{}]"), 0, 0, 100},
        {POD("p", "'containers':[{" CPU("0") "},{'resources':{'limits':{'cpu':'2'}}}]"), 2000, 2000,
         2000},
        {POD("p",
             "'containers':[{" CPU("100m") "}],'initContainers':[{'restartPolicy':'Always'," CPU(
                 "50m") "},{" CPU("200m") "}]"),
         250, 200, 250},
        {POD("p", "'containers':[{" CPU("100m") "}],'initContainers':[{" CPU(
                      "200m") "},{'restartPolicy':'Always'," CPU("50m") "}]"),
         200, 200, 200},
        {POD("p", "'containers':[{" CPU("100m") "}],'resources':{'requests':{'cpu':'1'}},"
                                                "'overhead':{'cpu':'10m'}"),
         1010, 110, 1010},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_world_ struct world w;
        LOAD(&w, cases[i].pod);
        const struct world_class *c = class_of(&w, "p");
        if (c->request.cpu != cases[i].cpu || c->request_old.cpu != cases[i].cpu_old ||
            c->score_cpu != cases[i].score_cpu)
            fail_msg("%" PRId64 " %" PRId64 " %" PRId64 " for %s", c->request.cpu,
                     c->request_old.cpu, c->score_cpu, cases[i].pod);
    }
}

static void devices_add_up_by_name(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         POD("p", "'containers':[{'resources':{'limits':{'nvidia.com/gpu':'1','x/a':2}}},"
                  "{'resources':{'requests':{'x/a':'3','hugepages-2Mi':'4Mi','storage':'1Gi'}}}],"
                  "'initContainers':[{'resources':{'requests':{'nvidia.com/gpu':'4'}}}]"));
    const struct resources *r = &class_of(&w, "p")->request;
    assert_int_equal(r->scalar_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        bool gpu = r->scalars[i].name == id_of(&w, "nvidia.com/gpu");
        bool pages = r->scalars[i].name == id_of(&w, "hugepages-2Mi");
        assert_int_equal(r->scalars[i].amount, gpu ? 4 : pages ? 4194304 : 5);
        assert_true(i == 0 || r->scalars[i - 1].name < r->scalars[i].name);
    }
}

static void hooks_tell_how_long_they_sleep(void **state)
{
    static const struct {
        const char *hook;
        int32_t seconds;
    } cases[] = {
        {"'exec':{'command':['sleep','15']}", 15},
        {"'exec':{'command':['/bin/sleep','7s']}", 7},
        {"'exec':{'command':['/bin/sh','-c','sleep 5 && nginx -s quit; sleep 2.5']}", 8},
        {"'exec':{'command':['/app/stop']}", -1},
        {"'httpGet':{'path':'/stop'}", -1},
        {"'sleep':{'seconds':12}", 12},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_world_ struct world w;
        _cleanup_str_ struct str pod = {0};
        str_addf(&pod, POD("p", "'containers':[{'lifecycle':{'preStop':{%s}}},{}]"), cases[i].hook);
        LOAD(&w, str_c(&pod));
        if (class_of(&w, "p")->prestop_s != cases[i].seconds)
            fail_msg("%d s of %s", class_of(&w, "p")->prestop_s, cases[i].hook);
    }
}

static void a_class_has_all_that_decides(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         POD("p",
             "'priority':7,'priorityClassName':'high','preemptionPolicy':'Never',"
             "'terminationGracePeriodSeconds':45,'restartPolicy':'OnFailure','schedulerName':"
             "'other','hostNetwork':true,'nodeSelector':{'b':'1','a':'2'},"
             "'readinessGates':[{'conditionType':'x'},{'conditionType':"
             "'target-health.elbv2.k8s.aws/k8s-1'}],"
             "'volumes':[{'name':'e','emptyDir':{}},{'name':'h','hostPath':{'path':'/x'}}],"
             "'tolerations':[{'operator':'Exists'},{'key':'k','effect':'NoExecute',"
             "'tolerationSeconds':60}],'initContainers':[{'image':'i'}],"
             "'containers':[{'image':'x','ports':[{'hostPort':80,'containerPort':80},"
             "{'hostPort':53,'protocol':'UDP','hostIP':'1.2.3.4'},{'containerPort':1}],"
             "'readinessProbe':{'initialDelaySeconds':5},'startupProbe':{'periodSeconds':3}}]"));
    const struct world_class *c = class_of(&w, "p");
    assert_text(&w, c->ns, "shop");
    assert_int_equal(c->labels.len, 2);
    assert_int_equal(c->priority, 7);
    assert_text(&w, c->priority_class, "high");
    assert_true(c->preempt_never && c->host_network && c->empty_dir && c->host_path);
    assert_int_equal(c->grace_s, 45);
    assert_int_equal(c->restart_policy, 'O');
    assert_text(&w, c->scheduler, "other");
    assert_int_equal(c->node_selector.len, 2);
    assert_int_equal(c->readiness_gates, 2);
    assert_int_equal(c->lb_gates, 1);
    assert_int_equal(c->toleration_count, 2);
    assert_true(c->tolerations[0].exists && !c->tolerations[0].key);
    assert_int_equal(c->tolerations[0].seconds, -1);
    assert_int_equal(c->tolerations[1].seconds, 60);
    assert_int_equal(c->port_count, 2);
    assert_int_equal(c->ports[0].port, 80);
    assert_int_equal(c->ports[1].protocol, 'U');
    assert_text(&w, c->ports[1].ip, "1.2.3.4");
    assert_int_equal(c->image_count, 1);
    assert_int_equal(c->init_image_count, 1);
    assert_text(&w, c->images[1], "i");
    assert_true(c->readiness.set && c->startup.set);
    assert_int_equal(c->readiness.initial_delay_s, 5);
    assert_int_equal(c->readiness.period_s, 10);
    assert_int_equal(c->startup.period_s, 3);
}

#define TERM "'topologyKey':'zone','labelSelector':{'matchLabels':{'app':'cart'}}"

static void affinity_and_spreading_are_read(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         POD("p",
             "'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
             "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'cpus','operator':'Gt','values':"
             "['4']},{'key':'arch','operator':'Bad'}]},{'matchFields':[{'key':'metadata.name',"
             "'operator':'In','values':['n1']}]}]},"
             "'preferredDuringSchedulingIgnoredDuringExecution':[{'weight':9,'preference':"
             "{'matchExpressions':[{'key':'spot','operator':'DoesNotExist'}]}}]},"
             "'podAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':[{" TERM "}]},"
             "'podAntiAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':[{" TERM
             ",'namespaceSelector':{},'namespaces':['x','y']}],"
             "'preferredDuringSchedulingIgnoredDuringExecution':[{'weight':50,"
             "'podAffinityTerm':{" TERM ",'matchLabelKeys':['pod-template-hash','none'],"
             "'mismatchLabelKeys':['app']}}]}},"
             "'topologySpreadConstraints':[{" TERM ",'maxSkew':2,'minDomains':3,"
             "'whenUnsatisfiable':'DoNotSchedule','nodeTaintsPolicy':'Honor','nodeAffinityPolicy':"
             "'Ignore','matchLabelKeys':['pod-template-hash']},{'topologyKey':'host'}]"));
    const struct world_class *c = class_of(&w, "p");
    assert_true(c->has_node_terms);
    assert_int_equal(c->node_term_count, 2);
    assert_int_equal(c->node_terms[0].labels.items[0].number, 4);
    assert_int_equal(c->node_terms[0].labels.items[1].value_count, 0);
    assert_int_equal(c->node_terms[1].field_count, 1);
    assert_int_equal(c->node_preferences[0].weight, 9);
    assert_int_equal(c->node_preferences[0].term.labels.items[0].op, LABEL_NOT_EXISTS);
    assert_int_equal(c->affinity_count, 1);
    assert_int_equal(c->affinity[0].namespace_count, 1);
    assert_text(&w, c->affinity[0].namespaces[0], "shop");
    assert_true(c->affinity[0].namespace_selector.nothing);
    assert_int_equal(c->anti_affinity[0].namespace_count, 2);
    assert_false(c->anti_affinity[0].namespace_selector.nothing);
    assert_int_equal(c->repulsion[0].weight, 50);
    assert_int_equal(c->repulsion[0].pods.len, 3);
    assert_int_equal(c->repulsion[0].pods.items[1].op, LABEL_IN);
    assert_int_equal(c->repulsion[0].pods.items[2].op, LABEL_NOT_IN);
    assert_int_equal(c->spread_count, 2);
    const struct spread *s = &c->spreads[0];
    assert_true(s->hard && s->honor_taints && s->ignore_affinity);
    assert_int_equal(s->max_skew, 2);
    assert_int_equal(s->min_domains, 3);
    assert_int_equal(s->pods.len, 2);
    assert_text(&w, s->pods.items[1].values[0], "5f7");
    assert_true(c->spreads[1].pods.nothing);
}

static void pods_of_equal_spec_share_a_class(void **state)
{
#define OWNED(name, kind, labels, spec)                                                            \
    "{'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'shop','name':'" name                 \
    "','labels':{" labels "},'ownerReferences':[{'apiVersion':'apps/v1','kind':'" kind             \
    "','name':'db','uid':'" kind "','controller':true}]},'spec':{" spec "}}"
#define PINNED(node)                                                                               \
    "'nodeName':'" node "','affinity':{'nodeAffinity':{"                                           \
    "'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{'matchFields':[{"     \
    "'key':'metadata.name','operator':'In','values':['" node "']}]}]}}}"
    _cleanup_world_ struct world w;
    LOAD(&w, NODE("n1", ""), NODE("n2", ""),
         "{'apiVersion':'apps/v1','kind':'StatefulSet','metadata':{'namespace':'shop','name':'db',"
         "'uid':'StatefulSet'},'spec':{'replicas':2,'podManagementPolicy':'Parallel',"
         "'volumeClaimTemplates':[{'metadata':{'name':'data'}}]}}",
         "{'apiVersion':'apps/v1','kind':'DaemonSet','metadata':{'namespace':'shop','name':'db',"
         "'uid':'DaemonSet'},'status':{'desiredNumberScheduled':2}}",
         OWNED("db-0", "StatefulSet", "'a':'1','statefulset.kubernetes.io/pod-name':'db-0'", ""),
         OWNED("db-1", "StatefulSet",
               "'a':'1','statefulset.kubernetes.io/pod-name':'db-1',"
               "'apps.kubernetes.io/pod-index':'1'",
               ""),
         OWNED("ds-a", "DaemonSet", "", PINNED("n1")),
         OWNED("ds-b", "DaemonSet", "", PINNED("n2")));
    assert_int_equal(w.classes.len, 2);
    uint32_t zero = world_find_pod(&w, SV("shop"), SV("db-0"));
    uint32_t one = world_find_pod(&w, SV("shop"), SV("db-1"));
    assert_int_equal(w.pods.items[zero].class, w.pods.items[one].class);
    assert_int_equal(w.pods.items[one].ordinal, 1);
    const struct world_workload *set = &w.workloads.items[w.pods.items[one].owner];
    assert_true(set->parallel && set->claim_template_count == 1 && set->pod_count == 2);
    uint32_t a = world_find_pod(&w, SV("shop"), SV("ds-a"));
    assert_true(world_pod_is_of_node(&w, a));
    assert_false(world_class_of(&w, a)->has_node_terms);
    assert_int_equal(w.workloads.items[w.pods.items[a].owner].replicas, 2);
}

/* ---- controllers ---- */

static void templates_tell_what_new_pods_will_be(void **state)
{
#define TEMPLATE                                                                                   \
    "'template':{'metadata':{'labels':{'app':'x'}},'spec':{'priorityClassName':'high',"            \
    "'containers':[{'image':'x','resources':{'limits':{'cpu':'1'}}}]}}"
    _cleanup_world_ struct world w;
    LOAD(&w,
         "{'kind':'ReplicaSet','metadata':{'namespace':'shop','name':'new'},'spec':{'replicas':"
         "1," TEMPLATE "}}",
         "{'kind':'ReplicaSet','metadata':{'namespace':'shop','name':'old'},'spec':{" TEMPLATE
         ",'replicas':0}}",
         "{'kind':'CronJob','metadata':{'namespace':'shop','name':'cron'},'spec':{'jobTemplate':"
         "{'spec':{" TEMPLATE "}}}}",
         "{'kind':'Job','metadata':{'namespace':'shop','name':'done'},'spec':{'parallelism':"
         "3," TEMPLATE
         "},'status':{'succeeded':3,'conditions':[{'type':'Complete','status':'True'}]}}",
         "{'kind':'Job','metadata':{'namespace':'shop','name':'job'},'spec':{'parallelism':3,"
         "'completions':9,'backoffLimit':2,'podReplacementPolicy':'Failed'},'status':{'failed':1}}",
         "{'kind':'PriorityClass','metadata':{'name':'high'},'value':1000,"
         "'preemptionPolicy':'Never'}");
    uint32_t new = world_find_workload(&w, WORKLOAD_REPLICASET, SV("shop"), SV("new"));
    uint32_t old = world_find_workload(&w, WORKLOAD_REPLICASET, SV("shop"), SV("old"));
    uint32_t cron = world_find_workload(&w, WORKLOAD_CRONJOB, SV("shop"), SV("cron"));
    const struct world_workload *done =
        &w.workloads.items[world_find_workload(&w, WORKLOAD_JOB, SV("shop"), SV("done"))];
    const struct world_workload *job =
        &w.workloads.items[world_find_workload(&w, WORKLOAD_JOB, SV("shop"), SV("job"))];
    const struct world_class *c = &w.classes.items[w.workloads.items[new].template];
    assert_int_equal(c->priority, 1000);
    assert_true(c->preempt_never);
    assert_int_equal(c->request.cpu, 1000);
    assert_int_equal(c->toleration_count, 2);
    assert_int_equal(c->tolerations[0].seconds, 300);
    assert_int_equal(w.workloads.items[cron].template, w.workloads.items[new].template);
    assert_int_equal(w.workloads.items[cron].replicas, 0);
    assert_int_equal(w.workloads.items[old].template, WORLD_NONE);
    assert_int_equal(done->replicas, 0);
    assert_int_equal(done->succeeded, 3);
    assert_true(job->replicas == 3 && job->completions == 9 && job->backoff_limit == 2 &&
                job->failed == 1 && job->replace_failed_only);
}

static void a_daemon_set_tells_its_nodes_by_its_template(void **state)
{
    _cleanup_world_ struct world w;
    static const char set[] =
        "{'apiVersion':'apps/v1','kind':'DaemonSet','metadata':{'namespace':'shop','name':'db',"
        "'uid':'DaemonSet'},'spec':{'template':{'spec':{'hostNetwork':true,'affinity':"
        "{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':["
        "{'matchExpressions':[{'key':'gpu','operator':'Exists'}]}]}}}}}}}";
    LOAD(&w, set);
    const struct world_class *c = &w.classes.items[w.workloads.items[0].template];
    assert_true(c->has_node_terms && c->node_terms[0].labels.len == 1);
    assert_int_equal(c->toleration_count, 7);
    assert_int_equal(c->tolerations[0].seconds, -1);
    world_release(&w);

    LOAD(&w, set, NODE("n1", ""), OWNED("ds-a", "DaemonSet", "", "'priority':9," PINNED("n1")),
         OWNED("ds-b", "DaemonSet", "",
               "'priority':9,'affinity':{'nodeAffinity':{"
               "'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{"
               "'matchFields':[{'key':'metadata.name','operator':'In','values':['n2']}]}]}}}"));
    c = &w.classes.items[w.workloads.items[0].template];
    assert_int_equal(c->priority, 9);
    assert_true(c->node_term_count == 1 && c->node_terms[0].labels.len == 1);
    assert_true(class_of(&w, "ds-b")->node_terms[0].field_count == 1);
    assert_false(class_of(&w, "ds-a")->has_node_terms);
}

static void owners_that_are_not_there_are_noted_once(void **state)
{
#define BY(name, api, kind, owner)                                                                 \
    "{'kind':'Pod','metadata':{'namespace':'shop','name':'" name "','ownerReferences':["           \
    "{'apiVersion':'" api "','kind':'" kind "','name':'" owner "','uid':'" owner                   \
    "','controller':true}]}}"
    _cleanup_world_ struct world w;
    LOAD(&w, NODE("n1", ""), "{'kind':'ReplicaSet','metadata':{'namespace':'shop','name':'other'}}",
         BY("a", "apps/v1", "ReplicaSet", "lost"), BY("b", "apps/v1", "ReplicaSet", "lost"),
         BY("c", "argoproj.io/v1", "Rollout", "roll"), BY("d", "argoproj.io/v1", "Rollout", "roll"),
         BY("e", "apps.kruise.io/v1", "StatefulSet", "kruise"), BY("f", "v1", "Node", "n1"),
         "{'kind':'Pod','metadata':{'namespace':'shop','name':'g','annotations':"
         "{'kubernetes.io/config.mirror':'1'}}}",
         "{'kind':'StatefulSet','metadata':{'namespace':'shop','name':'prom','ownerReferences':["
         "{'kind':'Prometheus','name':'p','uid':'p','controller':true}]}}",
         "{'kind':'Pod','metadata':{'namespace':'shop','name':'h'}}");
    const struct world_pod *a = &w.pods.items[world_find_pod(&w, SV("shop"), SV("a"))];
    const struct world_pod *c = &w.pods.items[world_find_pod(&w, SV("shop"), SV("c"))];
    const struct world_pod *e = &w.pods.items[world_find_pod(&w, SV("shop"), SV("e"))];
    const struct world_pod *f = &w.pods.items[world_find_pod(&w, SV("shop"), SV("f"))];
    assert_true(a->owner_gone && a->owner == WORLD_NONE && !a->foreign_owner);
    assert_int_equal(w.notes.len, 1);
    assert_true(has_note(&w, "Pod shop/a", "its controller ReplicaSet lost is not there"));
    assert_true(c->foreign_owner && !c->owner_gone);
    const struct world_workload *roll = &w.workloads.items[c->owner];
    assert_int_equal(roll->kind, WORKLOAD_OTHER);
    assert_string_equal(workload_kind_name(&w, roll), "Rollout");
    assert_int_equal(roll->replicas, 2);
    assert_int_equal(roll->template, c->class);
    assert_string_equal(workload_kind_name(&w, &w.workloads.items[e->owner]),
                        "StatefulSet.apps.kruise.io");
    assert_true(f->mirror && f->owner == WORLD_NONE && !f->owner_gone && !f->foreign_owner);
    assert_true(w.pods.items[world_find_pod(&w, SV("shop"), SV("g"))].mirror);
    assert_true(
        w.workloads.items[world_find_workload(&w, WORKLOAD_STATEFULSET, SV("shop"), SV("prom"))]
            .foreign_owner);
    const struct world_pod *h = &w.pods.items[world_find_pod(&w, SV("shop"), SV("h"))];
    assert_true(h->owner == WORLD_NONE && !h->owner_gone && !h->foreign_owner && !h->mirror);
}

static void kinds_that_are_missing_whole_are_noted_once(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w, BY("a", "apps/v1", "ReplicaSet", "x"), BY("b", "apps/v1", "ReplicaSet", "y"),
         POD("c", "'nodeName':'n1'"), POD("d", "'nodeName':'n2'"));
    assert_int_equal(w.notes.len, 2);
    assert_true(has_note(&w, "Node", "there are none in the input"));
    assert_true(has_note(&w, "ReplicaSet", "pods of x and others are taken as bare pods"));
}

static void names_that_refer_to_nothing_are_noted(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w, NODE("n1", ""),
         POD("a", "'nodeName':'lost','volumes':[{'persistentVolumeClaim':{'claimName':'none'}}]"),
         POD("b", "'nodeName':'lost'"),
         "{'kind':'PersistentVolumeClaim','metadata':{'namespace':'shop','name':'c'},'spec':"
         "{'volumeName':'gone'},'status':{'phase':'Bound'}}",
         "{'kind':'VolumeAttachment','metadata':{'name':'at'},'spec':{'nodeName':'lost'}}",
         "{'kind':'ReplicaSet','metadata':{'namespace':'shop','name':'r','ownerReferences':["
         "{'apiVersion':'apps/v1','kind':'Deployment','name':'d','controller':true}]}}",
         "{'kind':'HorizontalPodAutoscaler','metadata':{'namespace':'shop','name':'h'},'spec':"
         "{'maxReplicas':4,'scaleTargetRef':{'kind':'Deployment','name':'d'}}}");
    const struct world_pod *a = &w.pods.items[world_find_pod(&w, SV("shop"), SV("a"))];
    assert_int_equal(a->node, WORLD_NONE);
    assert_int_equal(a->claim_count, 1);
    assert_int_equal(w.pod_claims.items[a->claims], WORLD_NONE);
    assert_int_equal(w.hpas.items[0].target, WORLD_NONE);
    assert_int_equal(w.hpas.items[0].min, 1);
    assert_true(has_note(&w, "Node lost", "is not there"));
    assert_true(has_note(&w, "Pod shop/a", "its claim none is not there"));
    assert_true(has_note(&w, "PersistentVolumeClaim shop/c", "its volume gone is not there"));
    assert_true(has_note(&w, "VolumeAttachment at", "its node lost is not there"));
    assert_true(has_note(&w, "ReplicaSet shop/r", "its controller Deployment d is not there"));
    assert_int_equal(w.notes.len, 5);
}

/* ---- other kinds ---- */

static void budgets_are_read(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         "{'apiVersion':'policy/v1beta1','kind':'PodDisruptionBudget','metadata':{'namespace':"
         "'shop','name':'a','generation':3},'spec':{'minAvailable':'50%','selector':{}},'status':"
         "{'observedGeneration':2,'expectedPods':4,'desiredHealthy':2,'currentHealthy':3,"
         "'disruptionsAllowed':1,'disruptedPods':{'x':'2026-11-01T00:00:00Z'}}}",
         "{'apiVersion':'policy/v1','kind':'PodDisruptionBudget','metadata':{'namespace':'shop',"
         "'name':'b'},'spec':{'maxUnavailable':1,'unhealthyPodEvictionPolicy':'AlwaysAllow',"
         "'selector':{'matchExpressions':[{'key':'a','operator':'In','values':[]}]}}}",
         "{'apiVersion':'policy/v1','kind':'PodDisruptionBudget','metadata':{'namespace':'shop',"
         "'name':'c'},'spec':{'minAvailable':-1,'maxUnavailable':'many'}}");
    const struct world_pdb *a = &w.pdbs.items[0], *b = a + 1, *c = a + 2;
    assert_true(a->v1beta1 && a->min_available.percent && a->min_available.value == 50);
    assert_true(!a->selector.nothing && a->selector.len == 0 && !a->max_unavailable.set);
    assert_true(a->generation == 3 && a->observed_generation == 2 && a->expected == 4);
    assert_true(a->desired == 2 && a->healthy == 3 && a->allowed == 1);
    assert_true(a->disrupted_count == 1 && a->disrupted[0].since == 1793491200);
    assert_true(!b->v1beta1 && b->max_unavailable.set && !b->max_unavailable.percent);
    assert_int_equal(b->unhealthy, UNHEALTHY_ALWAYS);
    assert_true(b->selector.nothing);
    assert_true(has_note(&w, "PodDisruptionBudget shop/b", "selector is invalid"));
    assert_true(c->selector.nothing && c->min_available.value == 0 && !c->max_unavailable.set);
    assert_true(has_note(&w, "PodDisruptionBudget shop/c", "negative"));
}

static void storage_is_read(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         "{'kind':'PersistentVolume','metadata':{'name':'old','labels':{'x':'y',"
         "'failure-domain.beta.kubernetes.io/zone':'a__b'}},'spec':{'capacity':{'storage':'10Gi'},"
         "'accessModes':['ReadWriteOnce','ReadOnlyMany'],'awsElasticBlockStore':{'volumeID':"
         "'aws://eu-west-1a/vol-1'}},'status':{'phase':'Available'}}",
         "{'kind':'PersistentVolume','metadata':{'name':'efs'},'spec':{'capacity':{'storage':"
         "'8Ei'},'csi':{'driver':'efs.csi.aws.com','volumeHandle':'fs-1'}}}",
         "{'kind':'PersistentVolume','metadata':{'name':'own'},'spec':{'csi':{'driver':'own'},"
         "'nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchExpressions':[{'key':'zone',"
         "'operator':'In','values':['a']}]}]}}}}",
         "{'kind':'CSIDriver','metadata':{'name':'own'},'spec':{'attachRequired':false}}",
         "{'kind':'StorageClass','metadata':{'name':'s'},'provisioner':'p','volumeBindingMode':"
         "'WaitForFirstConsumer','allowedTopologies':[{'matchLabelExpressions':[{'key':'zone',"
         "'values':['a','b']}]}]}",
         "{'kind':'PersistentVolumeClaim','metadata':{'namespace':'shop','name':'c',"
         "'deletionTimestamp':'2026-11-01T00:00:00Z'},'spec':{'storageClassName':'s','accessModes':"
         "['ReadWriteOncePod'],'resources':{'requests':{'storage':'1Gi'}}},'status':{'phase':"
         "'Lost'}}",
         POD("p-0", "'volumes':[{'name':'v','ephemeral':{}}]"));
    const struct world_pv *old = &w.pvs.items[0], *efs = old + 1, *own = old + 2;
    assert_text(&w, old->driver, "kubernetes.io/aws-ebs");
    assert_text(&w, old->handle, "vol-1");
    assert_true(old->attachable && old->available && old->claim == WORLD_NONE);
    assert_int_equal(old->access, ACCESS_RWO | ACCESS_ROX);
    assert_int_equal(old->bytes, 10737418240);
    assert_int_equal(old->zone_labels.len, 1);
    assert_false(efs->attachable);
    assert_int_equal(efs->bytes, INT64_MAX);
    assert_false(own->attachable);
    assert_int_equal(own->node_term_count, 1);
    const struct world_class_of_storage *s = &w.storage_classes.items[0];
    assert_int_equal(s->binding, BINDING_WAIT);
    assert_int_equal(s->topologies[0].items[0].value_count, 2);
    const struct world_pvc *c = &w.pvcs.items[0];
    assert_true(c->deleting && c->phase == CLAIM_LOST && c->storage_class == 0);
    assert_int_equal(c->access, ACCESS_RWOP);
    assert_int_equal(c->bytes, 1073741824);
    assert_true(has_note(&w, "Pod shop/p-0", "its claim p-0-v is not there"));
}

static void services_know_their_traffic(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         "{'apiVersion':'v1','kind':'Service','metadata':{'namespace':'shop','name':'s'},'spec':"
         "{'type':'LoadBalancer','externalTrafficPolicy':'Local','selector':{'app':'cart'}}}",
         "{'apiVersion':'v1','kind':'Service','metadata':{'namespace':'shop','name':'t',"
         "'annotations':{'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type':'ip'}},"
         "'spec':{}}",
         "{'apiVersion':'serving.knative.dev/v1','kind':'Service','metadata':{'namespace':'shop',"
         "'name':'k'}}",
         "{'apiVersion':'discovery.k8s.io/v1','kind':'EndpointSliceList','items':["
         "{'metadata':{'namespace':'shop','name':'1','labels':{'kubernetes.io/service-name':'s'}},"
         "'addressType':'IPv4','endpoints':[{'conditions':{'ready':true}},{'conditions':{'ready':"
         "false}},{}]},"
         "{'metadata':{'namespace':'shop','name':'2','labels':{'kubernetes.io/service-name':'s'}},"
         "'addressType':'IPv6','endpoints':[{},{}]}]}",
         "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'namespace':'shop',"
         "'name':'i','annotations':{'alb.ingress.kubernetes.io/target-type':'ip'}},'spec':{'rules':"
         "[{'http':{'paths':[{'backend':{'service':{'name':'s'}}}]}}]}}",
         "{'apiVersion':'extensions/v1beta1','kind':'Ingress','metadata':{'namespace':'shop',"
         "'name':'j'},'spec':{'backend':{'serviceName':'t'}}}",
         "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':'shop','labels':"
         "{'elbv2.k8s.aws/pod-readiness-gate-inject':'enabled'}},'status':{'phase':'Active'}}");
    assert_int_equal(w.services.len, 2);
    const struct world_service *s = &w.services.items[0], *t = s + 1;
    assert_true(s->type == 'L' && s->local_traffic && s->ip_targets && s->ingress_backend);
    assert_int_equal(s->ready_endpoints, 2);
    assert_int_equal(s->selector.len, 1);
    assert_true(t->type == 'C' && t->ip_targets && t->ingress_backend && t->selector.nothing);
    assert_true(w.namespaces.items[0].lb_gate_inject && !w.namespaces.items[0].terminating);
}

static void times_that_tell_of_something_else_are_left_out(void **state)
{
    static const struct {
        const char *created, *ready;
        size_t samples;
    } cases[] = {
        {"2026-11-01T00:00:00Z", "2026-11-01T00:01:30Z", 1},
        {"2026-11-01T00:00:00Z", "2026-11-01T00:31:00Z", 0},
        {"2026-11-01T00:00:00Z", "2026-10-31T23:59:59Z", 0},
        {"2026-11-01T00:00:00Z", "soon", 0},
        {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_world_ struct world w;
        _cleanup_str_ struct str text = {0};
        str_addf(&text,
                 "{'kind':'Node','metadata':{'name':'n','creationTimestamp':'%s'},'status':"
                 "{'conditions':[{'type':'Ready','status':'True','lastTransitionTime':'%s'}]}}",
                 cases[i].created, cases[i].ready);
        LOAD(&w, str_c(&text));
        assert_int_equal(w.samples[TIMING_NODE_JOIN].len, cases[i].samples);
    }
}

static void events_tell_how_long_things_take(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(
        &w,
        "{'apiVersion':'v1','kind':'EventList','items':["
        "{'metadata':{'namespace':'shop','name':'1'},'involvedObject':{'kind':'Pod','namespace':"
        "'shop','name':'p'},'reason':'Pulled','message':'Successfully pulled image \\'cart:1\\' in "
        "1m2.5s (1m3s including waiting)'},"
        "{'metadata':{'namespace':'shop','name':'2'},'involvedObject':{'kind':'Pod','namespace':"
        "'shop','name':'p'},'reason':'Pulled','message':'Container image \\'x\\' already present'},"
        "{'metadata':{'namespace':'shop','name':'3'},'involvedObject':{'kind':'Pod','namespace':"
        "'shop','name':'p'},'reason':'SuccessfulAttachVolume','firstTimestamp':"
        "'2026-11-01T00:00:15Z','lastTimestamp':'2026-11-01T00:09:00Z'}]}",
        "{'kind':'Pod','metadata':{'namespace':'shop','name':'p'},'status':{'conditions':[{'type':"
        "'PodScheduled','status':'True','lastTransitionTime':'2026-11-01T00:00:03Z'}]}}");
    assert_int_equal(w.samples[TIMING_PULL].len, 1);
    assert_int_equal(w.samples[TIMING_PULL].items[0], 62500);
    assert_int_equal(w.samples[TIMING_ATTACH].len, 1);
    assert_int_equal(w.samples[TIMING_ATTACH].items[0], 12000);
}

/* ---- input ---- */

static void secrets_stay_outside(void **state)
{
    _cleanup_world_ struct world w;
    LOAD(&w,
         "{'kind':'Pod','metadata':{'namespace':'shop','name':'p','annotations':{'note':'s3cr3t'},"
         "'managedFields':[{'manager':'s3cr3t'}]},'spec':{'containers':[{'args':['s3cr3t'],"
         "'command':['s3cr3t'],'env':[{'name':'P','value':'s3cr3t'}],'lifecycle':{'preStop':"
         "{'exec':{'command':['s3cr3t']}}}}]},'status':{'message':'s3cr3t'}}",
         "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c'},'data':{'a':'s3cr3t'}}",
         "{'apiVersion':'v1','kind':'Event','metadata':{'name':'e'},'message':'s3cr3t'}");
    for (uint32_t i = 1; i < w.strings.texts.len; i++)
        if (strstr(world_text(&w, i), "s3cr3t"))
            fail_msg("the world holds \"%s\"", world_text(&w, i));
    assert_int_equal(w.live_pods, 1);
}

static void single_objects_are_taken_with_the_kind_of_their_list(void **state)
{
    _cleanup_world_ struct world w;
    struct err err = {0};
    world_init(&w);
    struct load *l = load_new(&w);
    assert_int_equal(
        load_object(l, SV("v1"), SV("Node"), SV("{\"metadata\":{\"name\":\"n\"}}"), &err), 0);
    assert_int_equal(load_object(l, SV("v1"), SV("Secret"), SV("{\"metadata\":{}}"), &err), 0);
    assert_int_equal(load_object(l, SV("v1"), SV("Node"), SV("{} x"), &err), -1);
    assert_string_equal(err.msg, "Node:1:4: text behind the end of the object");
    assert_int_equal(load_finish(l, &err), 0);
    assert_int_equal(load_taken(l), 1);
    assert_true(load_skipped(l) >= 1);
    assert_true(load_knows(SV("Pod")) && load_knows(SV("HorizontalPodAutoscaler")));
    assert_false(load_knows(SV("Secret")));
    load_free(l);
    assert_int_equal(w.live_nodes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_kubectl_becomes_a_world),
        cmocka_unit_test(lists_may_be_of_any_shape),
        cmocka_unit_test(the_order_of_objects_does_not_matter),
        cmocka_unit_test(requests_add_up_as_in_kubernetes),
        cmocka_unit_test(devices_add_up_by_name),
        cmocka_unit_test(hooks_tell_how_long_they_sleep),
        cmocka_unit_test(a_class_has_all_that_decides),
        cmocka_unit_test(affinity_and_spreading_are_read),
        cmocka_unit_test(pods_of_equal_spec_share_a_class),
        cmocka_unit_test(templates_tell_what_new_pods_will_be),
        cmocka_unit_test(a_daemon_set_tells_its_nodes_by_its_template),
        cmocka_unit_test(owners_that_are_not_there_are_noted_once),
        cmocka_unit_test(kinds_that_are_missing_whole_are_noted_once),
        cmocka_unit_test(names_that_refer_to_nothing_are_noted),
        cmocka_unit_test(budgets_are_read),
        cmocka_unit_test(storage_is_read),
        cmocka_unit_test(services_know_their_traffic),
        cmocka_unit_test(times_that_tell_of_something_else_are_left_out),
        cmocka_unit_test(events_tell_how_long_things_take),
        cmocka_unit_test(secrets_stay_outside),
        cmocka_unit_test(single_objects_are_taken_with_the_kind_of_their_list),
    };
    return cmocka_run_group_tests_name("world_load", tests, NULL, NULL);
}
