/*
 * cell: the cells of Table answers: what the API server's printers make of an object. For table.c
 * and its columns only.
 */
#ifndef TOBAN_POCKET_SHOW_CELL_H
#define TOBAN_POCKET_SHOW_CELL_H

#include "pocket/value.h"

struct cell_ctx {
    struct arena *a;
    int64_t now; /* seconds since 1970 */
};

typedef struct doc_node *cell_fn(struct cell_ctx *c, const struct doc_node *object,
                                 const char *argument);

struct column {
    const char *name, *type;
    int priority; /* 1: shown by -o wide only */
    cell_fn *print;
    const char *argument; /* a path, mostly; what follows a '|' is said when nothing is there */
};

struct columns {
    const char *group, *kind;
    const struct column *columns;
    size_t count;
};

/* The columns of a built-in kind; those of any object when it has none of its own. */
const struct columns *columns_of(struct sv group, struct sv kind);

/* A span as kubectl writes it: "5m", "2d3h", "<invalid>". Text in the arena. */
struct sv cell_span(struct arena *a, int64_t seconds);
/* A time as a span until now; "<unknown>" when there is none. */
struct sv cell_since(struct cell_ctx *c, struct sv time);
struct doc_node *cell_string(struct cell_ctx *c, const struct str *text);

/* ---- general cells: a text, a number, the number of parts at a path ---- */
cell_fn cell_text, cell_number, cell_count, cell_age, cell_bool, cell_yes, cell_created;
/* "READY/WANTED" of two paths parted by a space */
cell_fn cell_ratio;
/* A map as "a=b,c=d"; a LabelSelector the same way. */
cell_fn cell_labels, cell_selector;
/* The containers of the pod spec at a path: names, images. */
cell_fn cell_containers, cell_images;

/* ---- cells of single kinds ---- */
cell_fn cell_pod_ready, cell_pod_status, cell_pod_restarts, cell_pod_gates;
cell_fn cell_node_status, cell_node_roles, cell_node_address;
cell_fn cell_job_completions, cell_job_duration;
cell_fn cell_service_external, cell_service_ports, cell_endpoints;
cell_fn cell_slice_ports, cell_slice_addresses;
cell_fn cell_ingress_hosts, cell_ingress_address, cell_ingress_ports;
cell_fn cell_volume_status, cell_claim_capacity, cell_claim_modes, cell_modes, cell_volume_claim;
cell_fn cell_event_seen, cell_event_first, cell_event_object, cell_event_source, cell_event_count;
cell_fn cell_data_count, cell_last_schedule, cell_hpa_targets, cell_hpa_reference;
cell_fn cell_quota; /* of limits, or of the rest */
cell_fn cell_class_name, cell_subjects, cell_role, cell_controller;

#endif
