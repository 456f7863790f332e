#include "cmd/terminal.h"

#include "base/cleanup.h"

#include <strings.h>
#include <sys/ioctl.h>

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

bool terminal_colour(FILE *to, const char *when)
{
    const char *term = getenv("TERM");
    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(fileno(to)) && !is_set("NO_COLOR") && term && *term && strcmp(term, "dumb") != 0;
}

static unsigned clamp(uint64_t columns)
{
    return columns < 40 ? 40 : columns > 400 ? 400 : (unsigned)columns;
}

unsigned terminal_width(FILE *to)
{
    uint64_t columns = 0;
    struct winsize size = {0};
    const char *variable = getenv("COLUMNS");
    if (variable && sv_to_u64(sv_of(variable), &columns) && columns > 0)
        return clamp(columns);
    if (ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return clamp(size.ws_col);
    return 80;
}

bool terminal_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < ARRAY_LEN(variables); i++)
        if (is_set(variables[i]))
            return strcasestr(getenv(variables[i]), "utf-8") ||
                   strcasestr(getenv(variables[i]), "utf8");
    return false;
}
