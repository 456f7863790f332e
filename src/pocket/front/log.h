/*
 * log: what a container of the pocket has to say: the same few lines for the same pod at the same
 * time, because nothing runs in it. Pure.
 */
#ifndef TOBAN_POCKET_FRONT_LOG_H
#define TOBAN_POCKET_FRONT_LOG_H

#include "base/str.h"
#include "doc/doc.h"

#define FRONT_LOG_LINES_MAX 1440

/* Appends the log of a container as it is at `now` (Unix seconds): a line for its start and one for
 * each minute since, at most FRONT_LOG_LINES_MAX. Of the query tailLines, timestamps and limitBytes
 * count. A pod that has not started has none. */
void front_log(const struct doc_node *pod, struct sv container, struct sv query, int64_t now,
               struct str *out);

/* Appends the lines that came after `since`. */
void front_log_since(const struct doc_node *pod, struct sv container, int64_t since, int64_t now,
                     struct str *out);

#endif
