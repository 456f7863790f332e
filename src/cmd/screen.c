#include "cmd/screen.h"

#include "base/io.h"
#include "cmd/terminal.h"

#include <string.h>
#include <sys/ioctl.h>

#define HIDE "\033[?25l"
#define SHOW "\033[?25h"
#define REST_OF_SCREEN "\033[J"
#define REST_OF_LINE "\033[K"
/* On a terminal narrower than the least width that is drawn for (or than $COLUMNS) a line that is
 * wrapped would be two rows, and the next frame would stand below the first. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"
#define WHOLE_SCREEN "\033[H\033[2J"

static void write_out(const struct screen *s, struct sv text)
{
    fflush(s->to);
    (void)!io_write_all(fileno(s->to), text.ptr, text.len);
}

void screen_measure(struct screen *s)
{
    struct winsize size = {0};
    unsigned width = terminal_width(s->to), height = 24;
    if (ioctl(fileno(s->to), TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        height = size.ws_row;
    bool changed = s->width && (width != s->width || height != s->height);
    s->width = width;
    s->height = height;
    if (!changed || !s->rows)
        return;
    /* Terminals wrap what is too wide now each in its own way: where it stands cannot be known. */
    write_out(s, SV(WHOLE_SCREEN));
    s->rows = 0;
}

void screen_take(const struct screen *s)
{
    if (!s->open)
        return;
    if (s->has_modes) {
        struct termios quiet = s->modes;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(fileno(s->to), TCSANOW, &quiet);
    }
    (void)!io_write_all(fileno(s->to), HIDE, strlen(HIDE));
}

void screen_open(struct screen *s, FILE *to)
{
    *s = (struct screen){.to = to, .open = true};
    fflush(to);
    s->has_modes = tcgetattr(fileno(to), &s->modes) == 0;
    screen_take(s);
    screen_measure(s);
}

void screen_restore(const struct screen *s)
{
    if (!s->open)
        return;
    (void)!io_write_all(fileno(s->to), SHOW, strlen(SHOW));
    if (s->has_modes)
        tcsetattr(fileno(s->to), TCSANOW, &s->modes);
}

void screen_clear(struct screen *s)
{
    _cleanup_str_ struct str text = {0};
    if (!s->open || !s->rows)
        return;
    str_addf(&text, "\r\033[%uA" REST_OF_SCREEN, s->rows);
    write_out(s, str_sv(&text));
    s->rows = 0;
}

void screen_close(struct screen *s)
{
    if (!s || !s->open)
        return;
    screen_clear(s);
    screen_restore(s);
    s->open = false;
}

void screen_draw(struct screen *s, struct sv text)
{
    _cleanup_str_ struct str frame = {0};
    unsigned rows = 0;
    if (!s->open)
        return;
    if (s->rows)
        str_addf(&frame, "\r\033[%uA", s->rows);
    str_adds(&frame, WRAP_OFF);
    for (struct sv rest = text; rest.len; rows++) {
        str_addv(&frame, sv_split(&rest, '\n'));
        str_adds(&frame, REST_OF_LINE "\n");
    }
    str_adds(&frame, REST_OF_SCREEN WRAP_ON);
    write_out(s, str_sv(&frame));
    s->rows = rows;
}
