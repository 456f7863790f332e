#include "ops/check/written.h"

static struct sv line_at(struct sv text, uint32_t number)
{
    struct sv line = SV_NONE;
    while (number-- && text.ptr)
        line = sv_split(&text, '\n');
    return line;
}

static struct sv content_of(struct sv line)
{
    line = sv_trim(line);
    while (sv_starts(line, "- "))
        line = sv_trim(sv_n(line.ptr + 2, line.len - 2));
    return line;
}

/* "key:" of a line, absent for a line without one. */
static struct sv key_of(struct sv content)
{
    const char *colon = sv_find(content, ":");
    return colon ? sv_n(content.ptr, (size_t)(colon - content.ptr) + 1) : SV_NONE;
}

static void set_line(struct finding_subject *s, struct sv line, struct sv content, uint32_t number)
{
    s->line = s->end_line = number;
    s->column = (uint32_t)(content.ptr - line.ptr) + 1;
    s->end_column = s->column + (uint32_t)content.len;
}

bool written_move(const struct written *w, struct finding_subject *s,
                  const struct finding_subject *otherwise)
{
    struct sv wanted = content_of(line_at(w->generated, s->line));
    struct sv key = key_of(wanted), rest = w->source;
    bool have_key = false;
    for (uint32_t number = 1; rest.ptr && (!w->to || number <= w->to); number++) {
        struct sv line = sv_split(&rest, '\n');
        if (number < w->from || !wanted.len)
            continue;
        struct sv content = content_of(line);
        if (sv_eq(content, wanted)) {
            set_line(s, line, content, number);
            return true;
        }
        if (!have_key && key.ptr && content.len > key.len &&
            memcmp(content.ptr, key.ptr, key.len) == 0) {
            set_line(s, line, content, number);
            have_key = true;
            key = SV_NONE;
        }
    }
    if (!have_key) {
        s->line = s->end_line = otherwise->line;
        s->column = otherwise->column;
        s->end_column = otherwise->end_column;
    }
    return false;
}
