/*
 * kernel_wide: a kernel's work on totals with 512-bit vectors, where a word of nodes is a mask of
 * lanes as it is.
 */
#ifndef TOBAN_SCHED_KERNEL_WIDE_H
#define TOBAN_SCHED_KERNEL_WIDE_H

#include "sched/kernel.h"

#ifdef __x86_64__

/* The kernel with what is faster so; the machine must have AVX-512 F and BW, and BMI2. */
struct kernel kernel_widened(struct kernel k);

#endif

#endif
