/*
 * amount: quantities that are added up and shown again as Kubernetes shows them: "512Mi" and "1Mi"
 * are "513Mi". In thousandths, so that CPU and bytes are one type; beyond 9 PiB the nearest that
 * can be said. Pure.
 *
 * Source of the form: k8s.io/apimachinery, resource.Quantity.
 */
#ifndef TOBAN_POCKET_AMOUNT_H
#define TOBAN_POCKET_AMOUNT_H

#include "base/sv.h"

struct amount {
    int64_t milli;
    bool binary; /* written with Ki, Mi … */
};

#define AMOUNT_TEXT_MAX 32

/* False: it is no quantity. */
bool amount_parse(struct sv text, struct amount *out);
const char *amount_text(struct amount a, char buf[static AMOUNT_TEXT_MAX]);

static inline struct amount amount_of(int64_t n)
{
    return (struct amount){n * 1000, false};
}
/* The form is that of a, unless a is nothing. */
struct amount amount_add(struct amount a, struct amount b);
struct amount amount_subtract(struct amount a, struct amount b);

/* Amounts by name. Names are borrowed. */
#define AMOUNTS_MAX 64
struct amounts {
    struct {
        struct sv name;
        struct amount value;
    } items[AMOUNTS_MAX];
    size_t len;
};
/* NULL: it is not there. */
const struct amount *amounts_get(const struct amounts *list, struct sv name);
/* Adds to what is there; beyond AMOUNTS_MAX names it is left out. */
void amounts_add(struct amounts *list, struct sv name, struct amount value);

#endif
