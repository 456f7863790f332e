/*
 * kernel_offer: offers of kernel.h computed four nodes at once, for machines with AVX2.
 */
#ifndef TOBAN_SCHED_KERNEL_OFFER_H
#define TOBAN_SCHED_KERNEL_OFFER_H

#include "sched/kernel.h"

#ifdef __x86_64__

/* struct kernel's offer; the machine must have AVX2. */
void kernel_offer_avx2(const struct room *rooms, const struct kernel_need *need,
                       enum balanced_formula f, struct kernel_weights weights, uint64_t mask,
                       uint8_t *out);

#endif

#endif
