#include "store/store_ops.h"

#include <stdlib.h>

#define FILE_NAME "toban/toban.db"

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

int store_where_default(struct str *out, struct err *err)
{
    const char *named = variable("TOBAN_STORE");
    const char *state = variable("XDG_STATE_HOME");
    const char *home = variable("HOME");
    if (named)
        str_adds(out, named);
    else if (state && *state == '/') /* the XDG rules: a relative path is to be ignored */
        str_addf(out, "%s/" FILE_NAME, state);
    else if (home)
        str_addf(out, "%s/.local/state/" FILE_NAME, home);
    else {
        err_set(err, ERR_NOT_FOUND, "no place for the store: HOME is not set");
        return err_hint(err, "name a file with --store FILE or TOBAN_STORE");
    }
    return str_ok(out) ? 0 : err_nomem(err, "looking for the store");
}
