/* torture: lets every allocation of a piece of work fail, one after the other. */
#ifndef TOBAN_TESTS_TORTURE_H
#define TOBAN_TESTS_TORTURE_H

#include "alloc.h"

#include "base/err.h"

/* One piece of work. 0: done, and the result was compared and is right; -1: failed, with err
 * filled; it must clean up after itself in both cases (the sanitizer build sees what it leaves
 * behind). */
typedef int torture_work(struct err *err);

/* Does the work with the first allocation failing, the second, … until none is left to fail, each
 * once alone and once with all that follow. Fails the cmocka test when a failure comes without a
 * message, or when the work, given all the memory it asks for, does not succeed. Returns how many
 * allocations were made to fail. */
unsigned torture(torture_work *work);

#endif
