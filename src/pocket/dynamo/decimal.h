/*
 * decimal: the numbers of DynamoDB: up to 38 significant decimal digits, exact, magnitudes from
 * 1E-130 to 9.99…E+125. Text in, text out; no binary fractions in between.
 * Source: "Supported data types and naming rules" of the developer guide.
 */
#ifndef TOBAN_POCKET_DYNAMO_DECIMAL_H
#define TOBAN_POCKET_DYNAMO_DECIMAL_H

#include "base/str.h"

#define DECIMAL_DIGITS 38
/* Bytes of decimal_order, at most: sign, exponent, digits, end. */
#define DECIMAL_ORDER_MAX (DECIMAL_DIGITS + 4)

struct decimal {
    bool negative;
    int exponent; /* of the first digit: 1 for "12", -2 for "0.012" */
    unsigned count;
    uint8_t digits[DECIMAL_DIGITS]; /* neither the first nor the last is 0; zero has none */
};

enum decimal_fault {
    DECIMAL_OK,
    DECIMAL_NO_NUMBER,
    DECIMAL_TOO_LONG, /* more than 38 significant digits */
    DECIMAL_OVERFLOW,
    DECIMAL_UNDERFLOW,
};

/* "-1.50e3"; no blanks. *out is undefined unless the result is DECIMAL_OK. */
enum decimal_fault decimal_read(struct sv text, struct decimal *out);
/* What DynamoDB says of it; "" for DECIMAL_OK. text: what was read. */
void decimal_explain(enum decimal_fault fault, struct sv text, struct str *out);

/* Without exponent and needless zeros: "-1500". At most 170 bytes. */
void decimal_write(const struct decimal *d, struct str *out);

/* a + b, or a - b. *out may be one of them. */
enum decimal_fault decimal_add(const struct decimal *a, const struct decimal *b, bool minus,
                               struct decimal *out);

/* <0, 0, >0. */
int decimal_compare(const struct decimal *a, const struct decimal *b);

/* Bytes whose order (as memcmp, and no text being the start of another) is that of the numbers.
 * Returns how many. */
size_t decimal_order(const struct decimal *d, uint8_t out[static DECIMAL_ORDER_MAX]);

#endif
