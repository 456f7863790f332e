/*
 * fields: the members of plans, steps, questions and gates as they stand in JSON. One table per
 * struct writes it and reads it, so that none of the two can forget a member. Not for others than
 * plan/.
 */
#ifndef TOBAN_PLAN_FIELDS_H
#define TOBAN_PLAN_FIELDS_H

#include "base/jsonw.h"
#include "plan/plan.h"

#define FIELDS_SCHEMA "toban.plan/v1"
#define FIELDS_STEPS_MAX 1000 /* of a plan */

enum field_type {
    FIELD_TEXT,     /* const char * */
    FIELD_CHARS,    /* char[GATE_SAID_MAX] */
    FIELD_I64,      /* int64_t, not negative */
    FIELD_INT,      /* int, not negative */
    FIELD_UNSIGNED, /* unsigned */
    FIELD_BOOL,
    FIELD_NUMBER, /* double; "+Inf" and "-Inf" are written as text */
    FIELD_NAME,   /* an enum, by its name */
    FIELD_OBJECT, /* struct sv with a JSON object */
};

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
    const char *const *names; /* FIELD_NAME */
    unsigned count;           /* of names */
    bool needed;              /* an object without it is not understood */
    bool address;             /* of which people see scheme, host and port only */
};

struct fields {
    const struct field *items;
    size_t len;
};

extern const struct fields fields_plan, fields_step, fields_question, fields_gate, fields_memory;

/* Zero members are left out, unless they are needed. */
void fields_format(const struct fields *fields, const void *object, bool public, struct jsonw *w);

/* Fills object (zeroed before) from a JSON map; texts into a. `where` is for messages: "steps[3]".
 * text is what node was parsed from. Unknown keys are passed over. */
int fields_parse(const struct fields *fields, const struct doc_node *node, struct sv text,
                 const char *where, struct arena *a, void *object, struct err *err);

/* Appends a plan without its args, forecast and claims. */
void fields_format_core(const struct plan *p, struct str *out);

#endif
