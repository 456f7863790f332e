/*
 * openapi: the OpenAPI documents, v2 and v3, made from the table of fields and the schemas of
 * custom kinds: what kubectl reads to explain, to validate and to apply.
 */
#ifndef TOBAN_POCKET_SHOW_OPENAPI_H
#define TOBAN_POCKET_SHOW_OPENAPI_H

#include "pocket/show/discovery.h"

/* One custom kind with its schema (openAPIV3Schema, may be NULL). */
struct openapi_custom {
    const char *group, *version, *kind;
    const struct doc_node *schema;
};

struct openapi {
    const struct discovery *discovery;
    const struct openapi_custom *customs;
    size_t custom_count;
};

/* /openapi/v2 as JSON. Large (about a megabyte): make it once and keep its text. */
struct doc_node *openapi_v2(struct arena *a, const struct openapi *o);
/* /openapi/v3: the paths of the documents below; `hash` names the state they are of. */
struct doc_node *openapi_v3_index(struct arena *a, const struct openapi *o, struct sv hash);
/* /openapi/v3/api/v1, /openapi/v3/apis/GROUP/VERSION; NULL when there is none. */
struct doc_node *openapi_v3(struct arena *a, const struct openapi *o, struct sv group,
                            struct sv version);
/* /openapi/v2 in protobuf (gnostic's Document), which kubectl before 1.27 asks for. Appends it. */
void openapi_v2_protobuf(const struct doc_node *document, struct str *out);

#endif
