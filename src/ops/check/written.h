/*
 * written: finds for a line of generated text (rendered chart, built Kustomize folder) the line
 * that somebody wrote, by what stands in it. Private to ops/check.
 */
#ifndef TOBAN_OPS_CHECK_WRITTEN_H
#define TOBAN_OPS_CHECK_WRITTEN_H

#include "base/sv.h"
#include "finding/finding.h"

struct written {
    struct sv generated, source; /* whole texts */
    uint32_t from, to;           /* lines of the source that belong to the object; to 0: the end */
};

/* Moves a subject's position from the generated to the written text. True when the very line was
 * found; else only the line of the same key was, or the position becomes `otherwise`. */
bool written_move(const struct written *w, struct finding_subject *s,
                  const struct finding_subject *otherwise);

#endif
