/*
 * quantity: amounts as the Kubernetes API writes them ("250m", "1.5Gi", "2e3"), as whole numbers.
 *
 * Grammar and rounding are those of k8s.io/apimachinery resource.Quantity (1.20 to 1.34): suffixes
 * n u m k M G T P E, Ki to Ei, exponents e and E, a sign, fractions; always rounded away from zero,
 * so that whoever asks for something gets something. Where Value() and MilliValue() overflow and
 * give 0 or garbage, the nearest number is given and told. Pure.
 */
#ifndef TOBAN_WORLD_QUANTITY_H
#define TOBAN_WORLD_QUANTITY_H

#include "base/sv.h"

enum quantity_state {
    QUANTITY_OK,
    QUANTITY_NEGATIVE, /* well-formed and below zero: no object may ask for that */
    QUANTITY_CLAMPED,  /* beyond 63 bits: *out is INT64_MAX */
    QUANTITY_BAD,      /* no quantity; *out is untouched */
};

/* In units, rounded up: memory, storage, pods, devices. Space around the text is allowed, as in
 * JSON. A negative amount is given as such, at least INT64_MIN. */
enum quantity_state quantity_value(struct sv text, int64_t *out);

/* In thousandths of a unit, rounded up: CPU. */
enum quantity_state quantity_milli(struct sv text, int64_t *out);

#endif
