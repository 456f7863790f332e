#include "doc/splice_layout.h"

#include "base/jsonw.h"

uint32_t layout_line_start(const struct splice_layout *l, uint32_t at)
{
    while (at > 0 && l->text.ptr[at - 1] != '\n')
        at--;
    if (at == 0 && l->text.len >= 3 && !memcmp(l->text.ptr, "\xef\xbb\xbf", 3))
        at = 3;
    return at;
}

uint32_t layout_line_end(const struct splice_layout *l, uint32_t at)
{
    const char *nl = memchr(l->text.ptr + at, '\n', l->text.len - at);
    return nl ? (uint32_t)(nl - l->text.ptr) + 1 : (uint32_t)l->text.len;
}

uint32_t layout_column(const struct splice_layout *l, uint32_t at)
{
    return at - layout_line_start(l, at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool layout_first_on_line(const struct splice_layout *l, uint32_t at)
{
    for (uint32_t i = layout_line_start(l, at); i < at; i++)
        if (!is_blank(l->text.ptr[i]))
            return false;
    return true;
}

/* The first character of the line at `start` that is not blank. */
static uint32_t line_content(const struct splice_layout *l, uint32_t start)
{
    while (start < l->text.len && is_blank(l->text.ptr[start]))
        start++;
    return start;
}

uint32_t layout_block_end(const struct splice_layout *l, uint32_t end, uint32_t column)
{
    uint32_t out = end && l->text.ptr[end - 1] == '\n' ? end : layout_line_end(l, end);
    for (uint32_t at = out; at < l->end; at = layout_line_end(l, at)) {
        uint32_t content = line_content(l, at);
        if (content >= l->end || l->text.ptr[content] == '\n')
            continue;
        if (l->text.ptr[content] != '#' || content - at <= column)
            break;
        out = layout_line_end(l, content);
    }
    return out;
}

uint32_t layout_lead(const struct splice_layout *l, uint32_t at, uint32_t not_before)
{
    uint32_t start = layout_line_start(l, at), column = at - start;
    while (start > not_before) {
        uint32_t above = layout_line_start(l, start - 1);
        uint32_t content = line_content(l, above);
        if (above < not_before || l->text.ptr[content] != '#' || content - above != column)
            break;
        start = above;
    }
    return start;
}

static bool multi_line(const struct splice_layout *l, struct doc_span span)
{
    return memchr(l->text.ptr + span.start, '\n', span.end - span.start) != NULL;
}

/* Looks for the first place of each habit; stops going down when all are known. */
static void learn(struct splice_layout *l, const struct doc_node *n, bool *unit_known,
                  bool *seq_known)
{
    if (n->alias_of || (*unit_known && *seq_known))
        return;
    for (uint32_t i = 0; n->type == DOC_MAP && i < n->pair_count; i++) {
        const struct doc_pair *p = &n->pairs[i];
        const struct doc_node *v = p->value;
        if (p->role != DOC_PAIR_OWN)
            continue;
        bool nested = (v->type == DOC_MAP || v->type == DOC_SEQ) && v->style == DOC_BLOCK &&
                      n->style == DOC_BLOCK && !v->alias_of;
        if (nested) {
            uint32_t mine = layout_column(l, p->key->span.start);
            uint32_t inner = layout_column(l, v->span.start);
            if (v->type == DOC_MAP && !*unit_known && inner > mine) {
                l->unit = inner - mine;
                *unit_known = true;
            }
            if (v->type == DOC_SEQ && !*seq_known) {
                l->seq_inset = inner > mine;
                *seq_known = true;
            }
        }
        learn(l, v, unit_known, seq_known);
    }
    for (uint32_t i = 0; n->type == DOC_SEQ && i < n->item_count; i++)
        learn(l, n->items[i], unit_known, seq_known);
}

/* The gaps of the first flow map that has two pairs on one line. */
static bool learn_flow(struct splice_layout *l, const struct doc_node *n)
{
    if (n->alias_of)
        return false;
    if (n->type == DOC_MAP && n->style == DOC_FLOW && n->pair_count) {
        const struct doc_pair *p = n->pairs;
        l->colon = sv_n(l->text.ptr + p->key->span.end, p->value->span.start - p->key->span.end);
        if (n->pair_count > 1 && !multi_line(l, n->span))
            l->between =
                sv_n(l->text.ptr + p->value->span.end, p[1].key->span.start - p->value->span.end);
        if (l->colon.len > 2 || memchr(l->colon.ptr, '\n', l->colon.len))
            l->colon = SV(": ");
        if (l->between.len > 2 || !sv_starts(l->between, ","))
            l->between = SV(", ");
        return true;
    }
    for (uint32_t i = 0; n->type == DOC_MAP && i < n->pair_count; i++)
        if (n->pairs[i].role == DOC_PAIR_OWN && learn_flow(l, n->pairs[i].value))
            return true;
    for (uint32_t i = 0; n->type == DOC_SEQ && i < n->item_count; i++)
        if (learn_flow(l, n->items[i]))
            return true;
    return false;
}

void layout_of(const struct splice *s, struct splice_layout *l)
{
    *l = (struct splice_layout){
        .text = s->file->text,
        .end = s->part->span.end,
        .unit = 2,
        .fill = ' ',
        .seq_inset = true,
        .json = s->file->format == DOC_JSON,
        .between = SV(", "),
        .colon = SV(": "),
    };
    const char *nl = memchr(l->text.ptr, '\n', l->text.len);
    l->eol = nl && nl > l->text.ptr && nl[-1] == '\r' ? "\r\n" : "\n";
    const struct doc_node *root = s->part->root;
    if (!l->json) {
        bool unit_known = false, seq_known = false;
        learn(l, root, &unit_known, &seq_known);
        if (!learn_flow(l, root) || !l->colon.len)
            l->colon = SV(": ");
        return;
    }
    learn_flow(l, root);
    l->spread = multi_line(l, root->span);
    if (l->spread && root->type == DOC_MAP && root->pair_count) {
        uint32_t key = root->pairs[0].key->span.start;
        uint32_t inner = layout_column(l, key), outer = layout_column(l, root->span.start);
        if (inner > outer) {
            l->unit = inner - outer;
            l->fill = l->text.ptr[key - 1] == '\t' ? '\t' : ' ';
        }
        l->between = SV(", ");
    }
}

/* Scalars. */

static bool sv_any(struct sv v, const char *const *words)
{
    for (; *words; words++)
        if (sv_ieq(v, sv_of(*words)))
            return true;
    return false;
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool looks_like_number(struct sv v)
{
    bool digit = false;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.ptr[i];
        if (c >= '0' && c <= '9')
            digit = true;
        else if (!is_one_of(c, "+-.eExXoO_:abcdefABCDEF"))
            return false;
    }
    return digit && is_one_of(v.ptr[0], "+-.0123456789");
}

bool layout_plain_is_string(struct sv v, bool flow)
{
    static const char *const words[] = {"null", "true", "false", "yes",  "no",   "on",    "off",
                                        "y",    "n",    "~",     ".nan", ".inf", "-.inf", "+.inf",
                                        "<<",   "=",    "---",   "...",  NULL};
    if (!v.len || sv_any(v, words) || looks_like_number(v))
        return false;
    if (is_one_of(v.ptr[0], "-?:,[]{}#&*!|>'\"%@` \t="))
        return false;
    if (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == ':')
        return false;
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        if (c < 0x20 || c == 0x7f || (c == '#' && i && v.ptr[i - 1] == ' ') ||
            (c == ':' && i + 1 < v.len && v.ptr[i + 1] == ' '))
            return false;
        if (flow && is_one_of((char)c, ",[]{}"))
            return false;
    }
    return true;
}

static bool single_can(struct sv v)
{
    for (size_t i = 0; i < v.len; i++)
        if ((unsigned char)v.ptr[i] < 0x20 || (unsigned char)v.ptr[i] == 0x7f)
            return false;
    return true;
}

void layout_string(const struct splice_layout *l, struct str *out, struct sv text,
                   enum doc_style style, bool flow)
{
    if (l->json || style == DOC_DOUBLE) {
        jsonw_quote(out, text);
    } else if (style == DOC_SINGLE && single_can(text)) {
        str_addc(out, '\'');
        for (size_t i = 0; i < text.len; i++) {
            if (text.ptr[i] == '\'')
                str_addc(out, '\'');
            str_addc(out, text.ptr[i]);
        }
        str_addc(out, '\'');
    } else if (style == DOC_PLAIN && layout_plain_is_string(text, flow)) {
        str_addv(out, text);
    } else {
        jsonw_quote(out, text);
    }
}

void layout_key(const struct splice_layout *l, struct str *out, struct sv key, bool flow,
                bool quoted)
{
    layout_string(l, out, key, quoted ? DOC_DOUBLE : DOC_PLAIN, flow);
}

void layout_scalar(const struct splice_layout *l, struct str *out, const struct splice_node *n,
                   bool flow)
{
    const struct doc_node *from = n->from;
    bool same = from && from->type == n->type && sv_eq(from->text, n->text);
    bool line = same && !from->alias_of && from->span.end > from->span.start &&
                from->style <= DOC_DOUBLE && !multi_line(l, from->span);
    if (line && !(flow && from->style == DOC_PLAIN && n->type == DOC_STRING))
        str_add(out, l->text.ptr + from->span.start, from->span.end - from->span.start);
    else if (n->type == DOC_STRING)
        layout_string(l, out, n->text, from && from->style <= DOC_DOUBLE ? from->style : DOC_PLAIN,
                      flow);
    else if (n->type == DOC_NULL)
        str_adds(out, "null");
    else
        str_addv(out, n->text);
}

void layout_shift(const struct splice_layout *l, struct str *out, struct sv lines, uint32_t from,
                  uint32_t to)
{
    bool first = true;
    while (lines.len) {
        const char *nl = memchr(lines.ptr, '\n', lines.len);
        size_t n = nl ? (size_t)(nl - lines.ptr) + 1 : lines.len;
        struct sv line = sv_n(lines.ptr, n);
        lines = sv_n(lines.ptr + n, lines.len - n);
        bool blank = !sv_trim(line).len;
        if (!first && !blank && to > from)
            str_fill(out, l->fill, to - from);
        for (uint32_t i = to; !first && i < from && line.len && line.ptr[0] == l->fill; i++)
            line = sv_n(line.ptr + 1, line.len - 1);
        str_addv(out, line);
        first = false;
    }
}
