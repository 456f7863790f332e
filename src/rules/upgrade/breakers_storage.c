/* Storage: volumes and classes of drivers that moved out of Kubernetes. */
#include "rules/upgrade/breakers.h"

static void class_annotation(const struct rules_run *run, const struct doc_node *metadata)
{
    const struct doc_pair *p =
        breakers_annotation(metadata, "volume.beta.kubernetes.io/storage-class");
    if (p)
        run_report(run, "storage-class-annotation", p->key,
                   "names its storage class by the beta annotation");
}

static void efs_driver(const struct rules_run *run, const struct doc_node *driver)
{
    if (sv_is(doc_string(driver), "efs.csi.aws.com"))
        run_report_unless(run, "aws-efs-csi-driver", "efs-csi-driver-missing", driver,
                          "needs the EFS CSI driver, which is not seen here");
}

static void node_affinity(const struct rules_run *run, const struct doc_node *terms)
{
    doc_each_item(term, terms) {
        doc_each_item(e, doc_get(term, "matchExpressions"))
            breakers_label_key(run, doc_get(e, "key"));
        doc_each_item(e, doc_get(term, "matchLabelExpressions"))
            breakers_label_key(run, doc_get(e, "key"));
    }
}

static void persistent_volume(const struct rules_run *run)
{
    const struct doc_node *spec = doc_get(run->object->root, "spec");
    class_annotation(run, doc_get(run->object->root, "metadata"));
    breakers_volume_source(run, spec);
    efs_driver(run, doc_at(spec, "csi.driver"));
    node_affinity(run, doc_at(spec, "nodeAffinity.required.nodeSelectorTerms"));
}

static void storage_class(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    const struct doc_pair *p = breakers_annotation(
        doc_get(root, "metadata"), "storageclass.beta.kubernetes.io/is-default-class");
    if (p)
        run_report(run, "default-class-annotation-beta", p->key,
                   "is made the default class by the beta annotation");
    const struct doc_node *provisioner = doc_get(root, "provisioner");
    struct sv name = doc_string(provisioner);
    if (sv_is(name, "kubernetes.io/aws-ebs"))
        run_report_unless(run, "aws-ebs-csi-driver", "in-tree-ebs-volume", provisioner,
                          "provisions by the built-in EBS driver, and no EBS CSI driver is seen "
                          "here");
    else if (sv_has(name, "aws-efs") && !sv_is(name, "efs.csi.aws.com"))
        run_report(run, "efs-provisioner", provisioner,
                   "provisions by the retired EFS provisioner %.*s", SV_ARG(name));
    efs_driver(run, provisioner);
    node_affinity(run, doc_get(root, "allowedTopologies"));
}

void breakers_storage(const struct rules_run *run)
{
    const struct doc_node *root = run->object->root;
    if (run_is(run, "", "PersistentVolume"))
        persistent_volume(run);
    else if (run_is(run, "storage.k8s.io", "StorageClass"))
        storage_class(run);
    else if (run_is(run, "", "PersistentVolumeClaim"))
        class_annotation(run, doc_get(root, "metadata"));
    else if (sv_is(run->object->kind, "StatefulSet")) {
        doc_each_item(claim, doc_at(root, "spec.volumeClaimTemplates"))
            class_annotation(run, doc_get(claim, "metadata"));
    }
}
