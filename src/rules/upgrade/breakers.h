/*
 * breakers: what breaks with a version although the API version stays - one function per area, each
 * looking at one object for all rules of data/breakers.tsv in that area. Private to rules/upgrade.
 */
#ifndef TOBAN_RULES_UPGRADE_BREAKERS_H
#define TOBAN_RULES_UPGRADE_BREAKERS_H

#include "rules/upgrade/podspec.h"

/* Pods: annotations, volumes, labels that are asked for, images, secrets. */
void breakers_pod(const struct rules_run *run, const struct podspec *pod);
/* Which components' controllers the pod runs, and what their versions mean. */
void breakers_image(const struct rules_run *run, const struct podspec *pod,
                    const struct doc_node *container);
/* Service, Ingress, NetworkPolicy and friends. */
void breakers_network(const struct rules_run *run);
/* ingress-nginx: classes and annotations. */
void breakers_nginx(const struct rules_run *run);
/* PersistentVolume, StorageClass, claims. */
void breakers_storage(const struct rules_run *run);
/* Roles, bindings, policies, service accounts, CronJobs, nodes. */
void breakers_cluster(const struct rules_run *run);
/* Text anywhere in a tree: node images, kubelet flags, embedded configuration. */
void breakers_text(const struct rules_run *run, const struct doc_node *root);

/* A volume source (of a pod's volume or a PersistentVolume's spec) of a driver that is gone. */
void breakers_volume_source(const struct rules_run *run, const struct doc_node *source);
/* A node label's key that nodes lose. */
void breakers_label_key(const struct rules_run *run, const struct doc_node *key);
/* An address or CIDR that 1.36 refuses; NULL and other types are fine. */
void breakers_address(const struct rules_run *run, const struct doc_node *address);
/* Name of a secret as the token controller made them. */
void breakers_token_secret(const struct rules_run *run, const struct doc_node *name);

/* The annotation's pair on metadata, or NULL. */
struct doc_pair *breakers_annotation(const struct doc_node *metadata, const char *name);

#endif
