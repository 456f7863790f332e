/* eks: what the files of the EKS service share. Within pocket/aws/ only. */
#ifndef TOBAN_POCKET_AWS_EKS_H
#define TOBAN_POCKET_AWS_EKS_H

#include "cloud/eks_ops.h"
#include "pocket/aws/service.h"

/* Listings of one cluster, by pages. */
struct eks_list_ask {
    const char *cluster, *group, *addon, *token;
    struct shape_int most;
};
struct eks_names {
    struct shape_texts names;
    const char *token;
};

/* As service_refuse, with the names of cluster and group in the error's document. group may be
 * NULL. */
int eks_refuse(struct service_call *c, int status, const char *code, const char *group,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* -1 (ResourceNotFoundException) unless the account's cluster has this name. */
int eks_find_cluster(struct service_call *c, const char *name);
/* NULL after the same. */
struct account_group *eks_find_group(struct service_call *c, const char *cluster,
                                     const char *group);

/* --- updates -------------------------------------------------------------------------------- */

/* A new update that ends successfully at ends_ms. group, addon: NULL unless it is theirs. */
struct account_update *eks_begin_update(struct service_call *c, const char *type, const char *group,
                                        const char *addon, const char *token, int64_t ends_ms);
void eks_add_param(struct account *a, struct account_update *u, const char *type,
                   const char *value);
/* Ends an update; code NULL: successfully. */
void eks_end_update(struct account *a, struct account_update *u, const char *code,
                    const char *message);
/* The cluster has the version that its update was about. */
void eks_finish_cluster(struct account *a, const struct account_update *u);
/* The update that was begun with this token; *mismatch: something else was asked with it. NULL:
 * there is none. */
struct account_update *eks_repeated(struct service_call *c, const char *token, bool *mismatch);

int eks_describe_update_call(struct service_call *c);
int eks_list_updates_call(struct service_call *c);

/* --- add-ons and insights --------------------------------------------------------------------- */

int eks_list_addons_call(struct service_call *c);
int eks_describe_addon_call(struct service_call *c);
int eks_addon_versions_call(struct service_call *c);
int eks_update_addon_call(struct service_call *c);
void eks_finish_addon(struct account *a, const struct account_update *u);
int eks_list_insights_call(struct service_call *c);
int eks_describe_insight_call(struct service_call *c);
/* Of the service. */
void eks_begin(struct account *a);
void eks_release(struct account *a);

/* --- node groups ---------------------------------------------------------------------------- */

int eks_create_group(struct service_call *c);
int eks_delete_group(struct service_call *c);
int eks_describe_group(struct service_call *c);
int eks_list_groups(struct service_call *c);
int eks_change_config(struct service_call *c);
int eks_change_version(struct service_call *c);

/* Fills what was not said and looks at the rest; -1 after a refusal. */
int eks_check_group(struct service_call *c, struct eks_nodegroup *spec);
int eks_check_scaling(struct service_call *c, const struct eks_nodegroup *spec);
/* Version and release of a group that is to have them; NULL: those of the cluster, the newest. */
int eks_check_release(struct service_call *c, struct eks_nodegroup *spec);

/* Phases that go on with time. */
void eks_groups_run(struct account *a);
int64_t eks_groups_next(const struct account *a);
/* One look at a group that gets other machines; its update says what is left. */
void eks_roll(struct account *a, struct account_group *g);

#endif
