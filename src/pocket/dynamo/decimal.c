#include "pocket/dynamo/decimal.h"

#define EXPONENT_MAX 125
#define EXPONENT_MIN (-130)
/* Digits from 10^126, where a carry may go, down to the last of the smallest number. */
#define PLACES (EXPONENT_MAX - EXPONENT_MIN + 1 + DECIMAL_DIGITS)

/* --- reading ------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes "e+12" from the end of text. */
static bool take_exponent(struct sv *text, int *out)
{
    size_t e = 0;
    bool negative = false;
    uint64_t n;
    *out = 0;
    while (e < text->len && text->ptr[e] != 'e' && text->ptr[e] != 'E')
        e++;
    if (e == text->len)
        return true;
    struct sv digits = sv_n(text->ptr + e + 1, text->len - e - 1);
    text->len = e;
    if (digits.len && (*digits.ptr == '+' || *digits.ptr == '-')) {
        negative = *digits.ptr == '-';
        digits = sv_n(digits.ptr + 1, digits.len - 1);
    }
    if (!sv_to_u64(digits, &n))
        return false;
    *out = n > 100000 ? 100000 : (int)n;
    *out = negative ? -*out : *out;
    return true;
}

struct reading {
    struct decimal *d;
    unsigned zeros; /* since the last digit that was kept */
    int place;      /* digits since the first one that is not 0 and before the point */
    bool any, point, too_long;
};

static void keep(struct decimal *d, uint8_t digit, bool *too_long)
{
    if (d->count == DECIMAL_DIGITS)
        *too_long = true;
    else
        d->digits[d->count++] = digit;
}

static bool take_digit(struct reading *r, char c)
{
    if (c == '.' && !r->point) {
        r->point = true;
        return true;
    }
    if (!is_digit(c))
        return false;
    r->any = true;
    bool leading = c == '0' && !r->d->count;
    if (leading ? r->point : !r->point)
        r->place += r->point ? -1 : 1;
    if (leading)
        return true;
    if (c == '0') {
        r->zeros++;
        return true;
    }
    for (; r->zeros; r->zeros--)
        keep(r->d, 0, &r->too_long);
    keep(r->d, (uint8_t)(c - '0'), &r->too_long);
    return true;
}

static enum decimal_fault check(const struct decimal *d)
{
    if (d->count && d->exponent > EXPONENT_MAX)
        return DECIMAL_OVERFLOW;
    return d->count && d->exponent < EXPONENT_MIN ? DECIMAL_UNDERFLOW : DECIMAL_OK;
}

enum decimal_fault decimal_read(struct sv text, struct decimal *out)
{
    struct reading r = {.d = out};
    int exponent;
    *out = (struct decimal){0};
    if (text.len && (*text.ptr == '-' || *text.ptr == '+')) {
        out->negative = *text.ptr == '-';
        text = sv_n(text.ptr + 1, text.len - 1);
    }
    if (!take_exponent(&text, &exponent))
        return DECIMAL_NO_NUMBER;
    for (size_t i = 0; i < text.len; i++)
        if (!take_digit(&r, text.ptr[i]))
            return DECIMAL_NO_NUMBER;
    if (!r.any)
        return DECIMAL_NO_NUMBER;
    if (r.too_long)
        return DECIMAL_TOO_LONG;
    out->exponent = out->count ? r.place - 1 + exponent : 0;
    out->negative = out->negative && out->count;
    return check(out);
}

void decimal_explain(enum decimal_fault fault, struct sv text, struct str *out)
{
    static const char *const words[] = {
        [DECIMAL_OK] = "",
        [DECIMAL_NO_NUMBER] = "The parameter cannot be converted to a numeric value",
        [DECIMAL_TOO_LONG] = "Attempting to store more than 38 significant digits in a Number",
        [DECIMAL_OVERFLOW] = "Number overflow. Attempting to store a number with magnitude larger "
                             "than supported range",
        [DECIMAL_UNDERFLOW] = "Number underflow. Attempting to store a number with magnitude "
                              "smaller than supported range",
    };
    str_adds(out, words[fault]);
    if (fault == DECIMAL_NO_NUMBER && text.len)
        str_addf(out, ": %.*s", SV_ARG(text));
}

/* --- writing ------------------------------------------------------------------------------- */

void decimal_write(const struct decimal *d, struct str *out)
{
    if (!d->count) {
        str_addc(out, '0');
        return;
    }
    if (d->negative)
        str_addc(out, '-');
    if (d->exponent < 0) {
        str_adds(out, "0.");
        str_fill(out, '0', (size_t)(-d->exponent - 1));
    }
    for (unsigned i = 0; i < d->count; i++) {
        if (d->exponent >= 0 && (int)i == d->exponent + 1)
            str_addc(out, '.');
        str_addc(out, (char)('0' + d->digits[i]));
    }
    if (d->exponent >= (int)d->count)
        str_fill(out, '0', (size_t)d->exponent + 1 - d->count);
}

/* --- arithmetic and order ------------------------------------------------------------------ */

/* Absolute values. */
static int compare_sizes(const struct decimal *a, const struct decimal *b)
{
    if (!a->count || !b->count)
        return (int)(a->count > 0) - (int)(b->count > 0);
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    unsigned n = a->count < b->count ? a->count : b->count;
    int order = memcmp(a->digits, b->digits, n);
    return order ? order : (int)a->count - (int)b->count;
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = compare_sizes(a, b);
    return a->negative ? -order : order;
}

static void lay_out(const struct decimal *d, int sign, int places[static PLACES])
{
    for (unsigned i = 0; i < d->count; i++)
        places[EXPONENT_MAX + 1 - d->exponent + (int)i] += sign * d->digits[i];
}

/* Each place becomes 0 to 9; the whole is known not to be negative. */
static void carry(int places[static PLACES])
{
    for (int i = PLACES - 1; i > 0; i--) {
        int over = places[i] >= 10 ? 1 : places[i] < 0 ? -1 : 0;
        places[i] -= 10 * over;
        places[i - 1] += over;
    }
}

static enum decimal_fault collect(const int places[static PLACES], struct decimal *out)
{
    int first = 0, last = PLACES - 1;
    while (first < PLACES && !places[first])
        first++;
    while (last > first && !places[last])
        last--;
    if (first == PLACES) {
        *out = (struct decimal){0};
        return DECIMAL_OK;
    }
    if (last - first >= DECIMAL_DIGITS)
        return DECIMAL_TOO_LONG;
    out->exponent = EXPONENT_MAX + 1 - first;
    out->count = (unsigned)(last - first) + 1;
    for (unsigned i = 0; i < out->count; i++)
        out->digits[i] = (uint8_t)places[first + (int)i];
    return check(out);
}

enum decimal_fault decimal_add(const struct decimal *a, const struct decimal *b, bool minus,
                               struct decimal *out)
{
    int places[PLACES] = {0};
    bool b_negative = b->negative != minus;
    bool a_first = compare_sizes(a, b) >= 0;
    struct decimal sum = {.negative = a_first ? a->negative : b_negative};
    int apart = a->negative == b_negative ? 1 : -1;
    lay_out(a_first ? a : b, 1, places);
    lay_out(a_first ? b : a, apart, places);
    carry(places);
    enum decimal_fault fault = collect(places, &sum);
    if (!fault)
        *out = sum;
    return fault;
}

size_t decimal_order(const struct decimal *d, uint8_t out[static DECIMAL_ORDER_MAX])
{
    unsigned biased = (unsigned)(d->exponent - EXPONENT_MIN);
    size_t n = 0;
    out[n++] = !d->count ? 1 : d->negative ? 0 : 2;
    if (!d->count)
        return n;
    out[n++] = (uint8_t)(biased >> 8);
    out[n++] = (uint8_t)biased;
    for (unsigned i = 0; i < d->count; i++)
        out[n++] = (uint8_t)(d->digits[i] + 1);
    out[n++] = 0;
    for (size_t i = 1; d->negative && i < n; i++)
        out[i] = (uint8_t)~out[i];
    return n;
}
