#include "pocket/amount.h"

#include "base/cleanup.h"
#include "world/quantity.h"

#include <inttypes.h>
#include <stdio.h>

bool amount_parse(struct sv text, struct amount *out)
{
    int64_t milli;
    if (quantity_milli(text, &milli) == QUANTITY_BAD)
        return false;
    struct sv trimmed = sv_trim(text);
    *out = (struct amount){milli, trimmed.len && trimmed.ptr[trimmed.len - 1] == 'i'};
    return true;
}

/* The largest suffix that needs no fraction. */
static const char *scaled(int64_t n, int64_t step, const char *const *suffixes, char *buf)
{
    size_t i = 0;
    while (n && n % step == 0 && suffixes[i + 1]) {
        n /= step;
        i++;
    }
    snprintf(buf, AMOUNT_TEXT_MAX, "%" PRId64 "%s", n, suffixes[i]);
    return buf;
}

const char *amount_text(struct amount a, char buf[static AMOUNT_TEXT_MAX])
{
    static const char *const decimal[] = {"", "k", "M", "G", "T", "P", NULL};
    static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", NULL};
    int64_t units = a.milli / 1000;
    if (a.milli % 1000) {
        snprintf(buf, AMOUNT_TEXT_MAX, "%" PRId64 "m", a.milli);
        return buf;
    }
    if (a.binary && (units >= 1024 || units <= -1024))
        return scaled(units, 1024, binary, buf);
    return scaled(units, 1000, decimal, buf);
}

struct amount amount_add(struct amount a, struct amount b)
{
    struct amount sum = {0, a.milli ? a.binary : b.binary};
    if (__builtin_add_overflow(a.milli, b.milli, &sum.milli))
        sum.milli = a.milli < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

struct amount amount_subtract(struct amount a, struct amount b)
{
    return amount_add(a, (struct amount){b.milli == INT64_MIN ? INT64_MAX : -b.milli, b.binary});
}

const struct amount *amounts_get(const struct amounts *list, struct sv name)
{
    for (size_t i = 0; i < list->len; i++)
        if (sv_eq(list->items[i].name, name))
            return &list->items[i].value;
    return NULL;
}

void amounts_add(struct amounts *list, struct sv name, struct amount value)
{
    for (size_t i = 0; i < list->len; i++)
        if (sv_eq(list->items[i].name, name)) {
            list->items[i].value = amount_add(list->items[i].value, value);
            return;
        }
    if (list->len == AMOUNTS_MAX)
        return;
    list->items[list->len].name = name;
    list->items[list->len++].value = value;
}
