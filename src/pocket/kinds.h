/*
 * kinds: the resources the pocket's API serves: a table of built-in ones, and those that
 * CustomResourceDefinitions add and take away at run time.
 *
 * Names only: what is done with an object is api.h, where it is kept is objects.h. All versions of
 * one resource share one store: the objects are kept in the newest version, and shown in the one
 * that was asked for.
 */
#ifndef TOBAN_POCKET_KINDS_H
#define TOBAN_POCKET_KINDS_H

#include "doc/doc.h"

enum kind_flag {
    KIND_NAMESPACED = 1,
    KIND_STATUS = 2,     /* has the subresource status */
    KIND_SCALE = 4,      /* has the subresource scale */
    KIND_GENERATION = 8, /* metadata.generation counts changes of all but metadata and status */
    KIND_REVIEW = 16,    /* a question: it is answered when it is created, and never stored */
};

/* How a version's fields lie in the stored object, which is of the newest version: convert.h. */
enum kind_form {
    KIND_AS_STORED,
    KIND_AS_EVENT,        /* events.k8s.io/v1 of a core Event */
    KIND_AS_SCALER_V1,    /* autoscaling/v1 of a v2 */
    KIND_AS_INGRESS_BETA, /* v1beta1 of a networking.k8s.io/v1 */
    KIND_AS_SLICE_BETA,   /* discovery.k8s.io/v1beta1 of a v1 */
};

/* One version of a resource. Texts of built-in kinds are constant, of custom ones the registry's.
 */
struct kind {
    const char *group, *version, *kind, *plural, *singular;
    const char *short_names, *categories; /* parted by spaces; NULL for none */
    unsigned flags;                       /* enum kind_flag */
    const char *name_form; /* "subdomain" (DNS 1123), "label", "label35" (DNS 1035), "path" */
    size_t store;          /* index of the resource in objects.h; the same for all versions */
    const struct doc_node *schema; /* openAPIV3Schema of a custom kind; NULL: built in or none */
    /* Paths of the subresource scale of a custom kind ("spec.replicas"); NULL: built in or none. */
    const char *scale_spec, *scale_status, *scale_selector;
    const struct doc_node *columns; /* additionalPrinterColumns of a custom kind; NULL: default */
    bool custom;
    bool gone;   /* its definition was deleted */
    bool hidden; /* this Kubernetes does not serve it; the pocket itself may write it */
    /* Of built-in kinds: the first minor version that has it, that warns of it, that has it no
     * more; 0: always, never, none. */
    unsigned since, deprecated, until;
    enum kind_form form;
};

struct kinds;

/* The built-in kinds of Kubernetes 1.MINOR. Ends the process without memory (small, at start-up).
 */
struct kinds *kinds_new(unsigned minor);
/* NULL-safe. */
void kinds_free(struct kinds *k);

/* The resource of /apis/GROUP/VERSION/PLURAL; group "" is core. NULL when there is none. Valid as
 * long as the registry. */
const struct kind *kinds_find(const struct kinds *k, struct sv group, struct sv version,
                              struct sv plural);
/* The kind of an object's apiVersion and kind, also a hidden one. NULL when there is none. */
const struct kind *kinds_of_object(const struct kinds *k, struct sv api_version, struct sv kind);
/* The i-th kind, in no promised order but that of discovery; NULL behind the last. Those with
 * `gone` or `hidden` are to be passed over. */
const struct kind *kinds_at(const struct kinds *k, size_t i);
/* The kind that a store's objects are, by its first version; NULL when it is gone. */
const struct kind *kinds_of_store(const struct kinds *k, size_t store);
/* Number of resources (stores) so far. */
size_t kinds_stores(const struct kinds *k);

/* Counts up with every kind that comes or goes; starts at 1. */
unsigned long kinds_changes(const struct kinds *k);

/* Adds, or replaces, what a CustomResourceDefinition (v1, already valid) defines: its served
 * versions. The definition is copied. */
void kinds_define(struct kinds *k, const struct doc_node *definition);
/* Takes the kinds of GROUP/PLURAL out. */
void kinds_undefine(struct kinds *k, struct sv group, struct sv plural);

/* "apps/v1", "v1". */
const char *kind_api_version(const struct kind *kind, char buf[static 320]);
/* "deployments.apps", "pods": as messages say it. */
const char *kind_resource(const struct kind *kind, char buf[static 320]);

#endif
