/*
 * alloc: lack of memory on demand. Linked into a test program it takes the place of malloc and its
 * kin, so that the n-th allocation fails, in our code and (outside sanitizer builds) in the
 * libraries below it too.
 */
#ifndef TOBAN_TESTS_ALLOC_H
#define TOBAN_TESTS_ALLOC_H

#include <stdbool.h>

enum alloc_mode {
    ALLOC_FAIL_ONCE,  /* the n-th allocation fails, later ones do not */
    ALLOC_FAIL_AFTER, /* the n-th and all later ones fail */
};

/* From now on the n-th allocation (counted from 1) fails. */
void alloc_arm(enum alloc_mode mode, unsigned n);

/* Memory is plenty again. True when an allocation was refused since alloc_arm. */
bool alloc_disarm(void);

#endif
