#include "world/quantity.h"

/* digits * 10^exponent * 2^shift, the digits being those of `whole` and then of `fraction`. */
struct parts {
    struct sv whole, fraction;
    bool negative;
    int64_t exponent;
    unsigned shift;
};

/* Exponents beyond this make any number that is not 0 too large or too small. */
#define EXPONENT_MAX 1000000000

static size_t count_digits(struct sv v)
{
    size_t n = 0;
    while (n < v.len && v.ptr[n] >= '0' && v.ptr[n] <= '9')
        n++;
    return n;
}

static struct sv take(struct sv *rest, size_t n)
{
    struct sv part = sv_n(rest->ptr, n);
    rest->ptr += n;
    rest->len -= n;
    return part;
}

/* "e3", "E-3": 64 bits, as Go parses it. */
static bool read_exponent(struct sv v, struct parts *p)
{
    uint64_t n;
    if (v.len < 2 || (v.ptr[0] != 'e' && v.ptr[0] != 'E'))
        return false;
    bool sign = v.ptr[1] == '-' || v.ptr[1] == '+';
    if (!sv_to_u64(sv_n(v.ptr + 1 + sign, v.len - 1 - sign), &n) || n > INT64_MAX)
        return false;
    p->exponent = n > EXPONENT_MAX ? EXPONENT_MAX : (int64_t)n;
    p->exponent *= v.ptr[1] == '-' ? -1 : 1;
    return true;
}

static bool read_suffix(struct sv v, struct parts *p)
{
    static const char decimal[] = "numkMGTPE", binary[] = "KMGTPE";
    static const int8_t powers[] = {-9, -6, -3, 3, 6, 9, 12, 15, 18};
    if (v.len == 0)
        return true;
    const char *at = v.ptr[0] ? strchr(decimal, v.ptr[0]) : NULL;
    if (v.len == 1 && at) {
        p->exponent = powers[at - decimal];
        return true;
    }
    at = v.ptr[0] ? strchr(binary, v.ptr[0]) : NULL;
    if (v.len == 2 && at && v.ptr[1] == 'i') {
        p->shift = 10 * (unsigned)(at - binary + 1);
        return true;
    }
    return read_exponent(v, p);
}

/* A number without any digit is 0 for Kubernetes, but only on its short way: where a suffix needs
 * the long one it is refused. */
static bool has_number(const struct parts *p)
{
    return p->whole.len || p->fraction.len || (p->shift < 50 && p->exponent >= -9);
}

static bool split(struct sv text, struct parts *p)
{
    struct sv rest = sv_trim(text);
    if (rest.len == 0)
        return false;
    if (*rest.ptr == '-' || *rest.ptr == '+')
        p->negative = *take(&rest, 1).ptr == '-';
    p->whole = take(&rest, count_digits(rest));
    if (rest.len && *rest.ptr == '.') {
        take(&rest, 1);
        p->fraction = take(&rest, count_digits(rest));
    }
    return read_suffix(rest, p) && has_number(p);
}

/* The digit of the power of ten `power`; 0 beyond those that are written. */
static unsigned digit_at(const struct parts *p, int64_t power)
{
    int64_t at = power - p->exponent;
    if (at >= 0)
        return at < (int64_t)p->whole.len ? (unsigned)(p->whole.ptr[p->whole.len - 1 - at] - '0')
                                          : 0;
    at = -1 - at;
    return at < (int64_t)p->fraction.len ? (unsigned)(p->fraction.ptr[at] - '0') : 0;
}

/* Powers of ten of the first and last digits that are not 0; false when the number is 0. */
static bool bounds(const struct parts *p, int64_t *top, int64_t *bottom)
{
    *top = (int64_t)p->whole.len - 1 + p->exponent;
    *bottom = p->exponent - (int64_t)p->fraction.len;
    while (*top >= *bottom && !digit_at(p, *top))
        --*top;
    while (*bottom < *top && !digit_at(p, *bottom))
        ++*bottom;
    return *top >= *bottom;
}

/* What the digits behind the point add once shifted: the whole part of it, rounded up. From the
 * last digit to the first the carry is the whole part so far; it stays below 2^shift. */
static uint64_t shifted_fraction(const struct parts *p, int64_t top, int64_t bottom)
{
    uint64_t carry = 0;
    bool rest = false;
    for (int64_t power = bottom; power < 0 && (power <= top || carry); power++) {
        carry += (uint64_t)digit_at(p, power) << p->shift;
        rest |= carry % 10 != 0;
        carry /= 10;
    }
    return carry + rest;
}

/* The amount without its sign; UINT64_MAX when it is beyond 63 bits. */
static uint64_t magnitude(const struct parts *p)
{
    int64_t top, bottom;
    uint64_t whole = 0;
    if (!bounds(p, &top, &bottom))
        return 0;
    if (top > 20)
        return UINT64_MAX;
    for (int64_t power = top; power >= 0; power--)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, digit_at(p, power), &whole))
            return UINT64_MAX;
    if (__builtin_mul_overflow(whole, (uint64_t)1 << p->shift, &whole) ||
        __builtin_add_overflow(whole, shifted_fraction(p, top, bottom), &whole) ||
        whole > INT64_MAX)
        return UINT64_MAX;
    return whole;
}

static enum quantity_state parse(struct sv text, int64_t scale, int64_t *out)
{
    struct parts p = {0};
    if (!split(text, &p))
        return QUANTITY_BAD;
    p.exponent += scale;
    uint64_t n = magnitude(&p);
    bool over = n == UINT64_MAX;
    if (p.negative && n > 0) {
        *out = over ? INT64_MIN : -(int64_t)n;
        return QUANTITY_NEGATIVE;
    }
    *out = over ? INT64_MAX : (int64_t)n;
    return over ? QUANTITY_CLAMPED : QUANTITY_OK;
}

enum quantity_state quantity_value(struct sv text, int64_t *out)
{
    return parse(text, 0, out);
}

enum quantity_state quantity_milli(struct sv text, int64_t *out)
{
    return parse(text, 3, out);
}
