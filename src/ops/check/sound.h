/*
 * sound: whether a YAML document is free of syntax errors for sure. A scan tells objects without
 * parsing them, but a broken file must not pass as a clean one; so what is not written in the plain
 * shapes that nearly all manifests use goes to the parser, which then says what is wrong.
 */
#ifndef TOBAN_OPS_CHECK_SOUND_H
#define TOBAN_OPS_CHECK_SOUND_H

#include "base/sv.h"

/* True: doc_parse finds no error in this document (without its markers). False: parse it. */
bool sound_document(struct sv text);

#endif
