/*
 * doc_check: what must hold for any text whatever that doc/ reads. Property tests give it texts
 * made up at random, fuzz targets give it any bytes. A broken promise is told on stderr and ends
 * the process.
 */
#ifndef TOBAN_TESTS_DOC_CHECK_H
#define TOBAN_TESTS_DOC_CHECK_H

#include "doc/doc.h"

/* Parses text and checks the tree: ranges lie in their parents and in order, no key counts twice, a
 * scalar's range read by itself gives the same text, and the tree written out and read again is
 * equal. */
void doc_check_tree(struct sv text);

/* Scans text and checks it against the parser: the same documents, and the same envelope wherever
 * the scanner has no doubt and the parser no error. Returns how many documents were without
 * doubt. */
unsigned doc_check_scan(struct sv text);

/* Replaces some of the scalars, picked by seed, and checks that these bytes and no others changed
 * and that what is read then differs in these values only. Returns how many were replaced. */
unsigned doc_check_edit(struct sv text, uint64_t seed);

/* Reads text as JSON; what is read must survive being written and read again. */
void doc_check_json(struct sv text);

#endif
