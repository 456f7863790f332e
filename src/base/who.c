#include "base/who.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

static void add_user(char *to, size_t cap)
{
    uid_t uid = geteuid();
    const char *caller = uid == 0 ? getenv("SUDO_USER") : NULL;
    struct passwd entry, *found = NULL;
    char space[4096];
    if (caller && *caller)
        snprintf(to, cap, "%s", caller);
    else if (getpwuid_r(uid, &entry, space, sizeof space, &found) == 0 && found)
        snprintf(to, cap, "%s", found->pw_name);
    else
        snprintf(to, cap, "%u", (unsigned)uid);
}

const char *who_am_i(char buf[static WHO_TEXT_MAX])
{
    struct utsname machine;
    char user[WHO_TEXT_MAX / 2];
    add_user(user, sizeof user);
    snprintf(buf, WHO_TEXT_MAX, "%s@%.*s", user, WHO_TEXT_MAX / 2 - 1,
             uname(&machine) == 0 ? machine.nodename : "?");
    return buf;
}
