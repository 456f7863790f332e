/* unit: what cmocka wants included before it, in the order it wants it. Include last. */
#ifndef TOBAN_TESTS_UNIT_H
#define TOBAN_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
