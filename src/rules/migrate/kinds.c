/* Which function changes which API. What is not here and belongs to Kubernetes only changes its
 * version. */
#include "rules/migrate/job.h"

static const struct migrate_kind kinds[] = {
    {"apps", "v1beta1", "Deployment", migrate_deployment},
    {"extensions", "v1beta1", "Deployment", migrate_deployment},
    {"extensions", "v1beta1", "DaemonSet", migrate_daemon_set},
    {"apps", "v1beta1", "StatefulSet", migrate_stateful_set},
    {"apps", "v1beta1", "ReplicaSet", migrate_replica_set},
    {"extensions", "v1beta1", "ReplicaSet", migrate_replica_set},
    {"extensions", "v1beta1", "Ingress", migrate_ingress},
    {"networking.k8s.io", "v1beta1", "Ingress", migrate_ingress},
    {"apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition", migrate_crd},
    {"admissionregistration.k8s.io", "v1beta1", "MutatingWebhookConfiguration", migrate_webhooks},
    {"admissionregistration.k8s.io", "v1beta1", "ValidatingWebhookConfiguration", migrate_webhooks},
    {"admissionregistration.k8s.io", NULL, "ValidatingAdmissionPolicyBinding",
     migrate_admission_policy_binding},
    {"autoscaling", "v2alpha1", "HorizontalPodAutoscaler", migrate_hpa},
    {"autoscaling", "v2beta1", "HorizontalPodAutoscaler", migrate_hpa},
    {"rbac.authorization.k8s.io", NULL, "RoleBinding", migrate_binding},
    {"rbac.authorization.k8s.io", NULL, "ClusterRoleBinding", migrate_binding},
    {"certificates.k8s.io", "v1beta1", "CertificateSigningRequest", migrate_csr},
    {"authorization.k8s.io", "v1beta1", "SubjectAccessReview", migrate_access_review},
    {"authorization.k8s.io", "v1beta1", "LocalSubjectAccessReview", migrate_access_review},
    {"policy", NULL, "PodDisruptionBudget", migrate_pdb},
    {"flowcontrol.apiserver.k8s.io", NULL, "PriorityLevelConfiguration", migrate_priority_level},
    {"node.k8s.io", "v1alpha1", "RuntimeClass", migrate_runtime_class},
    {"discovery.k8s.io", NULL, "EndpointSlice", migrate_endpoint_slice},
    {"events.k8s.io", "v1beta1", "Event", migrate_event},
    {"storagemigration.k8s.io", "v1alpha1", "StorageVersionMigration", migrate_storage_version},
    {"resource.k8s.io", "v1beta1", "ResourceClaim", migrate_claim},
    {"resource.k8s.io", "v1beta1", "ResourceClaimTemplate", migrate_claim_template},
    {"resource.k8s.io", "v1beta1", "ResourceSlice", migrate_resource_slice},
    {"resource.k8s.io", "v1beta1", "DeviceClass", NULL},
    {"resource.k8s.io", "v1beta2", "ResourceClaim", NULL},
    {"resource.k8s.io", "v1beta2", "ResourceClaimTemplate", NULL},
    {"resource.k8s.io", "v1beta2", "ResourceSlice", NULL},
    {"resource.k8s.io", "v1beta2", "DeviceClass", NULL},
    {"audit.k8s.io", "v1beta1", "Policy", NULL},
    {"cert-manager.io", "v1alpha2", "Certificate", migrate_certificate},
    {"cert-manager.io", "v1alpha3", "Certificate", migrate_certificate},
    {"cert-manager.io", "v1beta1", "Certificate", migrate_certificate},
    {"cert-manager.io", "v1alpha2", "CertificateRequest", migrate_certificate_request},
    {"cert-manager.io", "v1alpha3", "CertificateRequest", migrate_certificate_request},
    {"cert-manager.io", "v1beta1", "CertificateRequest", NULL},
    {"cert-manager.io", NULL, "Issuer", migrate_issuer},
    {"cert-manager.io", NULL, "ClusterIssuer", migrate_issuer},
    {"snapshot.storage.k8s.io", "v1beta1", "VolumeSnapshot", NULL},
    {"snapshot.storage.k8s.io", "v1beta1", "VolumeSnapshotClass", NULL},
    {"snapshot.storage.k8s.io", "v1beta1", "VolumeSnapshotContent", NULL},
    {"external-secrets.io", "v1beta1", "ExternalSecret", NULL},
    {"external-secrets.io", "v1beta1", "SecretStore", NULL},
    {"external-secrets.io", "v1beta1", "ClusterSecretStore", NULL},
    {"external-secrets.io", "v1beta1", "ClusterExternalSecret", NULL},
};

/* Groups of Kubernetes whose alphas changed in more ways than a function here knows. */
static const struct {
    const char *group, *version; /* version NULL: any */
} unknown[] = {
    {"resource.k8s.io", NULL},
    {"kubescheduler.config.k8s.io", NULL},
    {"audit.k8s.io", NULL},
    {"client.authentication.k8s.io", NULL},
    {"scheduling.k8s.io", "v1alpha2"},
    {"extensions", NULL},
};

/* Of extensions, these only moved to another group. */
static const char *const moved_only[] = {"NetworkPolicy", "PodSecurityPolicy"};

const struct migrate_kind *migrate_kind_of(const struct lifecycle_row *row)
{
    static const struct migrate_kind plain = {.fn = NULL};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i].group, row->group) && !strcmp(kinds[i].kind, row->kind) &&
            (!kinds[i].version || !strcmp(kinds[i].version, row->version)))
            return &kinds[i];
    for (size_t i = 0; i < ARRAY_LEN(moved_only); i++)
        if (!strcmp(row->group, "extensions") && !strcmp(row->kind, moved_only[i]))
            return &plain;
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        if (!strcmp(unknown[i].group, row->group) &&
            (!unknown[i].version || !strcmp(unknown[i].version, row->version)))
            return NULL;
    return row->component ? NULL : &plain;
}
