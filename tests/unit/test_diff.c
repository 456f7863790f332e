/* What applying one text over another does: outcome, loss, fields and notes, as a table of cases.
 */
#include "base/cleanup.h"
#include "rules/diff/diff.h"
#include "rules/diff/fields.h"
#include "rules/diff/immutable.h"

#include "unit.h"

struct side {
    struct doc_file file;
    struct diff_objects objects;
};

static int add_object(void *ctx, struct doc_file *f, struct object *o)
{
    struct side *s = ctx;
    struct diff_object d = {.object = *o, .file = f, .origin = f->name, .namespace = o->namespace};
    return vec_push(&s->objects.list, d) ? 0 : -1;
}

static void load(struct side *s, const char *name, const char *text)
{
    struct err err = {0};
    *s = (struct side){0};
    if (doc_parse(&s->file, name, sv_of(text), NULL, &err) < 0 || s->file.error_count)
        fail_msg("%s: %s", name, s->file.error_count ? s->file.errors[0].message : err.msg);
    assert_int_equal(object_each(&s->file, add_object, s), 0);
}

static void unload(struct side *s)
{
    vec_release(&s->objects.list);
    doc_release(&s->file);
}

struct run {
    struct side old_side, new_side;
    struct diff_report report;
};

static void run_init(struct run *r, const char *before, const char *after, struct diff_options o)
{
    load(&r->old_side, "old.yaml", before);
    load(&r->new_side, "new.yaml", after);
    diff_compare(&r->old_side.objects, &r->new_side.objects, &o, &r->report);
}

static void run_release(struct run *r)
{
    diff_report_release(&r->report);
    unload(&r->old_side);
    unload(&r->new_side);
}
#define _cleanup_run_ _cleanup_(run_release)

#define META(kind, api, name) "apiVersion: " api "\nkind: " kind "\nmetadata: {name: " name "}\n"
#define DEPLOY(name, app, image)                                                                   \
    META("Deployment", "apps/v1", name)                                                            \
    "spec:\n  selector: {matchLabels: {app: " app                                                  \
    "}}\n  template:\n    metadata: {labels: {app: " app                                           \
    "}}\n    spec: {containers: [{name: c, image: " image "}]}\n"

#define PORTS(ports)                                                                               \
    META("Deployment", "apps/v1", "a")                                                             \
    "spec: {template: {spec: {containers: [{name: c, image: i, ports: " ports "}]}}}\n"

static const struct {
    const char *what, *before, *after;
    const char *version;
    enum diff_outcome outcome;
    const char *loses;
    const char *field; /* that is listed, or NULL */
} cases[] = {
    {"nothing", DEPLOY("a", "x", "i:1"), DEPLOY("a", "x", "i:1"), "", DIFF_UNCHANGED, "", NULL},
    {"an image", DEPLOY("a", "x", "i:1"), DEPLOY("a", "x", "i:2"), "", DIFF_ROLLOUT, "",
     "spec.template.spec.containers[c].image"},
    {"a selector", DEPLOY("a", "x", "i:1"), DEPLOY("a", "y", "i:1"), "", DIFF_REJECTED, "pods",
     "spec.selector.matchLabels.app"},
    {"another name, same selector", DEPLOY("a", "x", "i:1"), DEPLOY("b", "x", "i:1"), "",
     DIFF_REPLACED, "pods", NULL},
    {"a default written out",
     META("Service", "v1", "a") "spec: {selector: {app: x}, ports: [{port: 80}]}\n",
     META("Service", "v1", "a") "spec: {type: ClusterIP, selector: {app: x}, ports: [{port: 80, "
                                "protocol: TCP}]}\n",
     "", DIFF_UNCHANGED, "", NULL},
    {"a port for two protocols", PORTS("[{containerPort: 53}, {containerPort: 53, protocol: UDP}]"),
     PORTS("[{containerPort: 53}, {containerPort: 53, protocol: UDP}]"), "", DIFF_UNCHANGED, "",
     NULL},
    {"one of two protocols",
     PORTS("[{containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: SCTP}]"),
     PORTS("[{containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: TCP}]"), "",
     DIFF_ROLLOUT, "", "spec.template.spec.containers[c].ports[1].protocol"},
    {"quantities written otherwise",
     META("PersistentVolumeClaim", "v1", "a") "spec: {resources: {requests: {storage: 1Gi}}}\n",
     META("PersistentVolumeClaim", "v1", "a") "spec: {resources: {requests: {storage: 1024Mi}}}\n",
     "", DIFF_UNCHANGED, "", NULL},
    {"a bound claim that grows",
     META("PersistentVolumeClaim", "v1", "a") "spec: {volumeName: v, resources: {requests: "
                                              "{storage: 1Gi}}}\n",
     META("PersistentVolumeClaim", "v1", "a") "spec: {volumeName: v, resources: {requests: "
                                              "{storage: 2Gi}}}\n",
     "", DIFF_IN_PLACE, "", "spec.resources.requests.storage"},
    {"a bound claim that shrinks",
     META("PersistentVolumeClaim", "v1", "a") "spec: {volumeName: v, resources: {requests: "
                                              "{storage: 2Gi}}}\n",
     META("PersistentVolumeClaim", "v1", "a") "spec: {volumeName: v, resources: {requests: "
                                              "{storage: 1Gi}}}\n",
     "", DIFF_REJECTED, "volume", "spec.resources.requests.storage"},
    {"a role reference",
     META("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "a") "roleRef: {kind: ClusterRole, "
                                                                     "name: view}\n",
     META("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "a") "roleRef: {kind: ClusterRole, "
                                                                     "name: edit}\n",
     "", DIFF_REJECTED, "rights", "roleRef.name"},
    {"StatefulSet replicas",
     META("StatefulSet", "apps/v1", "a") "spec: {replicas: 2, serviceName: s}\n",
     META("StatefulSet", "apps/v1", "a") "spec: {replicas: 3, serviceName: s}\n", "", DIFF_IN_PLACE,
     "", "spec.replicas"},
    {"StatefulSet service name", META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s}\n",
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: t}\n", "", DIFF_REJECTED,
     "pods, volume", "spec.serviceName"},
    {"revisionHistoryLimit before 1.35",
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s}\n",
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s, revisionHistoryLimit: 5}\n",
     "1.34", DIFF_REJECTED, "pods, volume", "spec.revisionHistoryLimit"},
    {"revisionHistoryLimit from 1.35",
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s}\n",
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s, revisionHistoryLimit: 5}\n",
     "1.35", DIFF_IN_PLACE, "", "spec.revisionHistoryLimit"},
    {"minReadySeconds from 1.22", META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s}\n",
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s, minReadySeconds: 5}\n", "1.22",
     DIFF_IN_PLACE, "", "spec.minReadySeconds"},
    {"a cluster IP", META("Service", "v1", "a") "spec: {clusterIP: 10.0.0.1}\n",
     META("Service", "v1", "a") "spec: {clusterIP: 10.0.0.2}\n", "", DIFF_REJECTED, "address",
     "spec.clusterIP"},
    {"a cluster IP left out", META("Service", "v1", "a") "spec: {clusterIP: 10.0.0.1}\n",
     META("Service", "v1", "a") "spec: {type: ClusterIP}\n", "", DIFF_REJECTED, "address",
     "spec.clusterIP"},
    {"an immutable config map", META("ConfigMap", "v1", "a") "immutable: true\ndata: {a: b}\n",
     META("ConfigMap", "v1", "a") "immutable: true\ndata: {a: c}\n", "", DIFF_REJECTED, "",
     "data.a"},
    {"a hook job",
     META("Job", "batch/v1", "a") "spec: {template: {spec: {containers: [{name: c, "
                                  "image: a}]}}}\n",
     "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, annotations: {helm.sh/hook: "
     "pre-upgrade}}\nspec: {template: {spec: {containers: [{name: c, image: b}]}}}\n",
     "", DIFF_RECREATED, "pods", "spec.template.spec.containers[c].image"},
    {"a moved API group",
     "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\nspec: "
     "{ingressClassName: x}\n",
     META("Ingress", "networking.k8s.io/v1", "a") "spec: {ingressClassName: x}\n", "",
     DIFF_IN_PLACE, "", "apiVersion"},
    {"another kind of workload", DEPLOY("a", "x", "i:1"),
     META("StatefulSet", "apps/v1", "a") "spec: {serviceName: s, template: {metadata: {labels: "
                                         "{app: x}}}}\n",
     "", DIFF_RECREATED, "pods", NULL},
    {"a hashed name", META("ConfigMap", "v1", "settings-5h2f8k9m7t") "data: {a: b}\n",
     META("ConfigMap", "v1", "settings-7c4bt2dk6f") "data: {a: c}\n", "", DIFF_REPLACED, "",
     "data.a"},
    {"a storage class parameter",
     META("StorageClass", "storage.k8s.io/v1", "a") "provisioner: p\nparameters: {type: gp2}\n",
     META("StorageClass", "storage.k8s.io/v1", "a") "provisioner: p\nparameters: {type: gp3}\n", "",
     DIFF_REJECTED, "", "parameters.type"},
};

static bool lists_field(const struct diff_entry *e, const char *path)
{
    vec_foreach(f, &e->fields) {
        if (strcmp(f->path, path) == 0)
            return true;
    }
    return false;
}

static void outcomes(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_run_ struct run r;
        struct diff_options o = {0};
        char loses[64];
        version_parse(sv_of(cases[i].version), &o.version);
        run_init(&r, cases[i].before, cases[i].after, o);
        if (r.report.entries.len != 1)
            fail_msg("%s: %zu entries", cases[i].what, r.report.entries.len);
        const struct diff_entry *e = &r.report.entries.items[0];
        if (e->outcome != cases[i].outcome)
            fail_msg("%s: %s, expected %s", cases[i].what, diff_outcome_name(e->outcome),
                     diff_outcome_name(cases[i].outcome));
        assert_string_equal(diff_loss_text(e->loses, loses), cases[i].loses);
        if (cases[i].field && !lists_field(e, cases[i].field))
            fail_msg("%s: field %s is not listed", cases[i].what, cases[i].field);
    }
}

static void fields_know_both_lines(void **state)
{
    _cleanup_run_ struct run r;
    run_init(&r, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: one\n",
             "# moved\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: two\n",
             (struct diff_options){0});
    const struct diff_field *f = &r.report.entries.items[0].fields.items[0];
    assert_string_equal(f->path, "data.k");
    assert_int_equal(f->old_line, 6);
    assert_int_equal(f->new_line, 7);
    assert_string_equal(diff_value_text(&r.report.arena, f->old_value, 40), "one");
}

static bool has_note(const struct diff_report *r, const char *part)
{
    vec_foreach(e, &r->entries) {
        vec_foreach(n, &e->notes) {
            if (strstr(*n, part))
                return true;
        }
    }
    return false;
}

#define SERVICE(app, port)                                                                         \
    META("Service", "v1", "s")                                                                     \
    "spec: {type: NodePort, selector: {app: " app "}, ports: [{port: 80, nodePort: " port "}]}\n"

static void a_selector_that_lost_its_pods_is_noted(void **state)
{
    _cleanup_run_ struct run r;
    run_init(&r, DEPLOY("a", "x", "i:1") "---\n" SERVICE("x", "30080"),
             DEPLOY("a", "x", "i:1") "---\n" SERVICE("z", "30081"), (struct diff_options){0});
    assert_true(has_note(&r.report, "matches no pod any more (before: those of Deployment a)"));
    assert_true(has_note(&r.report, "node port 30080 becomes 30081"));
}

static void a_vanished_backend_is_noted(void **state)
{
#define INGRESS(host)                                                                              \
    META("Ingress", "networking.k8s.io/v1", "i")                                                   \
    "spec: {rules: [{host: " host ", http: {paths: [{path: /, backend: {service: {name: "          \
    "s}}}]}}]}\n"
    _cleanup_run_ struct run r;
    run_init(&r, SERVICE("x", "30080") "---\n" INGRESS("a.example"), INGRESS("b.example"),
             (struct diff_options){0});
    assert_true(has_note(&r.report, "its backend Service s is gone"));
}

static void twins_of_one_chart_keep_their_roles(void **state)
{
#define TWIN(name, type)                                                                           \
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: " name                                   \
    ", labels: {app: nginx-ingress, release: edge, component: controller}}\nspec: {type: " type    \
    ", selector: {app: nginx-ingress}}\n"
    _cleanup_run_ struct run r;
    run_init(&r,
             TWIN("old-controller", "LoadBalancer") TWIN("old-controller-admission", "ClusterIP"),
             TWIN("new-controller-admission", "ClusterIP") TWIN("new-controller", "LoadBalancer"),
             (struct diff_options){0});
    assert_int_equal(r.report.entries.len, 2);
    vec_foreach(e, &r.report.entries) {
        assert_int_equal(e->outcome, DIFF_REPLACED);
        assert_true(sv_ends(e->old_object->object.name, "admission") ==
                    sv_ends(e->new_object->object.name, "admission"));
    }
}

static void live_objects_keep_what_others_wrote(void **state)
{
    struct side old_side, new_side;
    struct diff_report r;
    load(&old_side, "live", META("ConfigMap", "v1", "a") "data: {mine: x, theirs: y}\n");
    load(&new_side, "new.yaml", META("ConfigMap", "v1", "a") "data: {mine: x}\n");
    struct diff_options o = {.live = true};
    diff_compare(&old_side.objects, &new_side.objects, &o, &r);
    assert_int_equal(r.entries.items[0].outcome, DIFF_UNCHANGED);
    diff_report_release(&r);
    old_side.objects.list.items[0].last_applied = old_side.objects.list.items[0].object.root;
    diff_compare(&old_side.objects, &new_side.objects, &o, &r);
    assert_int_equal(r.entries.items[0].outcome, DIFF_IN_PLACE);
    diff_report_release(&r);
    unload(&old_side);
    unload(&new_side);
}

static void force_turns_refusal_into_loss(void **state)
{
    _cleanup_run_ struct run r;
    run_init(&r, DEPLOY("a", "x", "i:1"), DEPLOY("a", "y", "i:1"),
             (struct diff_options){.force = true});
    assert_int_equal(r.report.entries.items[0].outcome, DIFF_RECREATED);
    assert_int_equal(r.report.entries.items[0].loses, DIFF_LOSES_PODS);
}

static void quantities(void **state)
{
    assert_int_equal(fields_compare_quantities(SV("1"), SV("1000m")), 0);
    assert_int_equal(fields_compare_quantities(SV("1Gi"), SV("1e9")), 1);
    assert_int_equal(fields_compare_quantities(SV("0.5"), SV("600m")), -1);
    assert_int_equal(fields_compare_quantities(SV("1Gib"), SV("1")), FIELDS_NO_QUANTITY);
    assert_int_equal(fields_compare_quantities(SV(""), SV("1")), FIELDS_NO_QUANTITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),
        cmocka_unit_test(fields_know_both_lines),
        cmocka_unit_test(a_selector_that_lost_its_pods_is_noted),
        cmocka_unit_test(a_vanished_backend_is_noted),
        cmocka_unit_test(twins_of_one_chart_keep_their_roles),
        cmocka_unit_test(live_objects_keep_what_others_wrote),
        cmocka_unit_test(force_turns_refusal_into_loss),
        cmocka_unit_test(quantities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
