#include "cmd/unified.h"

#include "base/must.h"
#include "base/vec.h"

#define CONTEXT 3u

struct lines {
    VEC(struct sv) all;
};

struct change {
    uint32_t old_at, old_count, new_at, new_count;
};

struct changes {
    VEC(struct change) all;
};

static void split(struct lines *l, struct sv text)
{
    while (text.len) {
        const char *nl = memchr(text.ptr, '\n', text.len);
        size_t n = nl ? (size_t)(nl - text.ptr) + 1 : text.len;
        if (!vec_push(&l->all, sv_n(text.ptr, n)))
            must_fail_nomem();
        text = sv_n(text.ptr + n, text.len - n);
    }
}

static void add_change(struct changes *c, struct change x)
{
    struct change *last = c->all.len ? &c->all.items[c->all.len - 1] : NULL;
    if (last && last->old_at + last->old_count == x.old_at &&
        last->new_at + last->new_count == x.new_at) {
        last->old_count += x.old_count;
        last->new_count += x.new_count;
    } else if (!vec_push(&c->all, x)) {
        must_fail_nomem();
    }
}

/* Myers' greedy search: reach[d] holds how far each diagonal comes with d changes. */
struct search {
    const struct sv *a, *b;
    int32_t n, m;
    VEC(int32_t *) reach;
};

static int32_t step(const struct search *s, const int32_t *before, int32_t d, int32_t k)
{
    int32_t x = 0;
    if (d > 0) {
        bool down = k == -d || (k != d && before[k - 1 + d - 1] < before[k + 1 + d - 1]);
        x = down ? before[k + 1 + d - 1] : before[k - 1 + d - 1] + 1;
    }
    while (x < s->n && x - k < s->m && sv_eq(s->a[x], s->b[x - k]))
        x++;
    return x;
}

/* Number of changes, or -1 when there are too many. before[] is indexed by k + (d - 1). */
static int32_t search_run(struct search *s)
{
    for (int32_t d = 0; d <= (int32_t)UNIFIED_EFFORT_MAX && d <= s->n + s->m; d++) {
        int32_t *now = mem_must(calloc((size_t)d * 2 + 1, sizeof *now));
        if (!vec_push(&s->reach, now))
            must_fail_nomem();
        const int32_t *before = d ? s->reach.items[d - 1] : NULL;
        for (int32_t k = -d; k <= d; k += 2) {
            now[k + d] = step(s, before, d, k);
            if (now[k + d] >= s->n && now[k + d] - k >= s->m)
                return d;
        }
    }
    return -1;
}

static void search_back(const struct search *s, int32_t d, uint32_t skip, struct changes *out)
{
    struct changes reversed = {0};
    int32_t x = s->n, y = s->m;
    for (; d > 0; d--) {
        const int32_t *before = s->reach.items[d - 1];
        int32_t k = x - y, mid = d - 1;
        bool down = k == -d || (k != d && before[k - 1 + mid] < before[k + 1 + mid]);
        int32_t from = down ? k + 1 : k - 1;
        x = before[from + mid];
        y = x - from;
        struct change c = {(uint32_t)x + skip, !down, (uint32_t)y + skip, down};
        if (!vec_push(&reversed.all, c))
            must_fail_nomem();
    }
    for (size_t i = reversed.all.len; i-- > 0;)
        add_change(out, reversed.all.items[i]);
    vec_release(&reversed.all);
}

static void compare(const struct lines *a, const struct lines *b, struct changes *out)
{
    size_t head = 0, tail = 0;
    while (head < a->all.len && head < b->all.len && sv_eq(a->all.items[head], b->all.items[head]))
        head++;
    while (tail < a->all.len - head && tail < b->all.len - head &&
           sv_eq(a->all.items[a->all.len - 1 - tail], b->all.items[b->all.len - 1 - tail]))
        tail++;
    struct search s = {
        .a = a->all.items + head,
        .b = b->all.items + head,
        .n = (int32_t)(a->all.len - head - tail),
        .m = (int32_t)(b->all.len - head - tail),
    };
    int32_t d = s.n || s.m ? search_run(&s) : 0;
    if (d < 0)
        add_change(out,
                   (struct change){(uint32_t)head, (uint32_t)s.n, (uint32_t)head, (uint32_t)s.m});
    else
        search_back(&s, d, (uint32_t)head, out);
    vec_foreach(r, &s.reach) {
        free(*r);
    }
    vec_release(&s.reach);
}

static void print_line(struct str *out, char mark, struct sv line, bool colour)
{
    const char *paint = mark == '+' ? "\033[32m" : "\033[31m";
    bool painted = colour && mark != ' ';
    bool ends = line.len && line.ptr[line.len - 1] == '\n';
    str_adds(out, painted ? paint : "");
    str_addc(out, mark);
    str_add(out, line.ptr, line.len - ends);
    str_adds(out, painted ? "\033[0m" : "");
    str_adds(out, ends ? "\n" : "\n\\ No newline at end of file\n");
}

static void print_range(struct str *out, char mark, uint32_t at, uint32_t count)
{
    str_addf(out, "%c%u", mark, count ? at + 1 : at);
    if (count != 1)
        str_addf(out, ",%u", count);
}

static void print_hunk(struct str *out, const struct lines *a, const struct lines *b,
                       const struct change *c, size_t count, bool colour)
{
    const struct change *last = c + count - 1;
    uint32_t before = c->old_at < CONTEXT ? c->old_at : CONTEXT;
    uint32_t left = (uint32_t)a->all.len - last->old_at - last->old_count;
    uint32_t after = left < CONTEXT ? left : CONTEXT;
    uint32_t old_at = c->old_at - before, new_at = c->new_at - before;
    uint32_t old_end = last->old_at + last->old_count + after;
    uint32_t new_end = last->new_at + last->new_count + after;
    str_adds(out, colour ? "\033[36m@@ " : "@@ ");
    print_range(out, '-', old_at, old_end - old_at);
    str_addc(out, ' ');
    print_range(out, '+', new_at, new_end - new_at);
    str_adds(out, colour ? " @@\033[0m\n" : " @@\n");
    uint32_t at = old_at;
    for (size_t i = 0; i < count; i++) {
        while (at < c[i].old_at)
            print_line(out, ' ', a->all.items[at++], colour);
        for (uint32_t k = 0; k < c[i].old_count; k++)
            print_line(out, '-', a->all.items[at++], colour);
        for (uint32_t k = 0; k < c[i].new_count; k++)
            print_line(out, '+', b->all.items[c[i].new_at + k], colour);
    }
    while (at < old_end)
        print_line(out, ' ', a->all.items[at++], colour);
}

void unified_diff(struct str *out, const char *name, struct sv old, struct sv new, bool colour)
{
    struct lines a = {0}, b = {0};
    struct changes c = {0};
    split(&a, old);
    split(&b, new);
    compare(&a, &b, &c);
    while (*name == '/')
        name++;
    const char *bold = colour ? "\033[1m" : "", *plain = colour ? "\033[0m" : "";
    if (c.all.len)
        str_addf(out, "%s--- a/%s%s\n%s+++ b/%s%s\n", bold, name, plain, bold, name, plain);
    for (size_t i = 0; i < c.all.len;) {
        size_t n = 1;
        while (i + n < c.all.len &&
               c.all.items[i + n].old_at <=
                   c.all.items[i + n - 1].old_at + c.all.items[i + n - 1].old_count + 2 * CONTEXT)
            n++;
        print_hunk(out, &a, &b, &c.all.items[i], n, colour);
        i += n;
    }
    vec_release(&a.all);
    vec_release(&b.all);
    vec_release(&c.all);
}
