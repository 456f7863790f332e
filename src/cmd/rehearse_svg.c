#include "cmd/rehearse_svg.h"

#include "base/markup.h"
#include "base/utf8.h"
#include "cmd/rehearse_text.h"

#define LABEL_WIDTH 6.7 /* of a character, at most */

const struct svg svg_wide = {.name = "wide",
                             .wide = true,
                             .width = 1040,
                             .gutter = 150,
                             .names = 150,
                             .right = 22,
                             .columns = 220,
                             .hits = 110};
const struct svg svg_narrow = {.name = "narrow",
                               .width = 380,
                               .gutter = 40,
                               .names = 92,
                               .right = 10,
                               .columns = 110,
                               .hits = 48};

double svg_x(const struct svg *s, int64_t at_ms)
{
    return s->gutter + svg_plot(s) * (double)at_ms / (double)s->end_ms;
}

void svg_open(const struct svg *s, const char *id_base, int height, const char *title,
              const char *description)
{
    str_addf(s->out,
             "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-%s-t "
             "%s-%s-d\"><title id=\"%s-%s-t\">",
             s->name, s->width, height, id_base, s->name, id_base, s->name, id_base, s->name);
    markup_html(s->out, title);
    str_addf(s->out, "</title><desc id=\"%s-%s-d\">", id_base, s->name);
    markup_html(s->out, description);
    str_adds(s->out, "</desc>\n");
}

void svg_close(const struct svg *s)
{
    str_adds(s->out, "</svg>\n");
}

void svg_label(const struct svg *s, const char *text, unsigned max)
{
    _cleanup_str_ struct str cut = {0};
    struct sv v = sv_of(text);
    unsigned n = 0;
    size_t i = 0, last = 0;
    while (i < v.len && n < max) {
        size_t bytes = utf8_length(v.ptr + i, v.len - i);
        last = i;
        i += bytes ? bytes : 1;
        n++;
    }
    str_add(&cut, v.ptr, i < v.len ? last : v.len);
    markup_html(s->out, str_c(&cut));
    if (i < v.len)
        str_adds(s->out, "\u2026");
}

/* Between two marks, so that their times do not touch. */
static int64_t time_step(const struct svg *s)
{
    static const int64_t steps[] = {1,     2,     5,     10,    15,     30,     60,
                                    120,   300,   600,   900,   1800,   3600,   7200,
                                    14400, 21600, 43200, 86400, 172800, 604800, 2592000};
    int64_t least = (int64_t)((double)s->end_ms * 76 / svg_plot(s) / 1000);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (steps[i] > least)
            return steps[i] * 1000;
    return (int64_t)2592000 * 1000 * (1 + least / 2592000);
}

void svg_time_axis(const struct svg *s, int y, int bottom, bool labels)
{
    int64_t step = time_step(s);
    for (int64_t at = 0; at <= s->end_ms; at += step) {
        double x = svg_x(s, at);
        char text[DURATION_TEXT_MAX];
        str_addf(s->out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x, y, bottom);
        if (labels)
            str_addf(s->out, "<text class=\"tick mid\" x=\"%.1f\" y=\"%d\">%s</text>", x,
                     bottom + 16, duration_clock(at, text));
    }
    str_addc(s->out, '\n');
}

void svg_phases(const struct svg *s, const struct rehearsal *r, int y, int bottom, bool labels)
{
    unsigned i = 0;
    vec_foreach(p, &r->phases) {
        const char *title = rehearse_text_phase_title(p->phase);
        double from = svg_x(s, p->from_ms), width = svg_x(s, p->to_ms) - from;
        if (width <= 0)
            continue;
        str_addf(s->out,
                 "<rect class=\"band%u\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">"
                 "<title>%s</title></rect>",
                 i++ % 2, from, labels ? y - 20 : y, width, bottom - y + (labels ? 20 : 0), title);
        size_t room = (size_t)(width / LABEL_WIDTH);
        const char *label = strlen(title) < room ? title : rehearse_text_phase_name(p->phase);
        if (!labels || strlen(label) >= room)
            continue;
        str_addf(s->out, "<text class=\"phase\" x=\"%.1f\" y=\"%d\">%s</text>", from + 5, y - 6,
                 label);
    }
    str_addc(s->out, '\n');
}

uint32_t svg_step(uint32_t most, uint32_t steps)
{
    uint64_t size = 1;
    static const uint64_t factors[] = {1, 2, 5};
    for (uint64_t power = 1;; power *= 10)
        for (size_t i = 0; i < ARRAY_LEN(factors); i++) {
            size = factors[i] * power;
            if (size * steps >= most)
                return (uint32_t)size;
        }
}
