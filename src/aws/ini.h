/*
 * ini: the format of ~/.aws/credentials and ~/.aws/config. Text in, settings out; what they mean is
 * credentials.h.
 */
#ifndef TOBAN_AWS_INI_H
#define TOBAN_AWS_INI_H

#include "base/err.h"
#include "base/sv.h"

struct ini_entry {
    struct sv kind;    /* "profile" for `[profile dev]`, "sso-session", "services"; absent for
                          `[dev]` */
    struct sv section; /* "dev", without quotes */
    struct sv parent;  /* of an indented setting: the key above without a value; absent else */
    struct sv key;     /* as written */
    struct sv value;   /* trimmed, without a trailing comment; may be empty */
    unsigned line;
};

/* Calls on_entry for each `key = value` in order; stops when it returns false. Indented lines
 * that are more of the value above them are passed over. -1 with err ("name:line")
 * for a line that is none of section, setting, comment or blank; earlier entries were given. */
int ini_each(const char *name, struct sv text,
             bool (*on_entry)(void *ctx, const struct ini_entry *), void *ctx, struct err *err);

#endif
