#include "doc/doc.h"
#include "finding/report.h"

#include <stdlib.h>

#include "fuzz.h"

/* The input is cut at NULs into the texts of findings. */
struct texts {
    struct sv rest;
    struct arena arena;
};

static const char *next_text(struct texts *t)
{
    struct sv v = sv_split(&t->rest, '\0');
    if (!v.ptr)
        return NULL;
    return v.len == 1 && *v.ptr == '-' ? NULL : arena_dup(&t->arena, v);
}

static const char *some_text(struct texts *t)
{
    const char *text = next_text(t);
    return text ? text : "";
}

static void fill(struct finding_set *set, struct texts *t)
{
    for (int i = 0; i < 40 && t->rest.ptr; i++) {
        unsigned char dice = (unsigned char)*some_text(t);
        const struct finding f = {
            .rule = some_text(t),
            .severity = (enum finding_severity)(dice % 4),
            .message = some_text(t),
            .fix = next_text(t),
            .hint = next_text(t),
            .subject = {.file = next_text(t),
                        .line = dice,
                        .column = dice / 2,
                        .cluster = next_text(t),
                        .api_version = next_text(t),
                        .kind = next_text(t),
                        .namespace = next_text(t),
                        .name = next_text(t)},
            .before = {1, dice, 0, dice % 3 != 0},
            .removed_in = {1, dice, dice, dice % 5 != 0},
            .component = next_text(t),
            .replacement_api_version = next_text(t),
        };
        struct finding *kept = finding_add(set, &f);
        finding_add_evidence(set, kept, some_text(t), next_text(t), next_text(t));
        if (dice % 7 == 0) {
            kept->state = FINDING_SUPPRESSED;
            kept->suppressed_reason = kept->suppressed_owner = kept->message;
        }
        if (dice % 11 == 0)
            finding_add_problem(set, some_text(t), some_text(t), next_text(t));
    }
    finding_set_sort(set);
}

static void must_be_json(const struct str *text)
{
    _cleanup_doc_ struct doc_file f = {0};
    struct err err = {0};
    if (doc_parse_json(&f, "report", str_sv(text), NULL, &err) < 0) {
        fprintf(stderr, "%s\n%s\n", err.msg, str_c(text));
        abort();
    }
}

/* Every record has as many cells as the first. */
static void must_be_csv(const struct str *text)
{
    size_t cells = 1, want = 0;
    bool quoted = false;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->data[i];
        quoted ^= c == '"';
        cells += !quoted && c == ',';
        if (quoted || c != '\n')
            continue;
        want = want ? want : cells;
        if (cells != want || text->data[i - 1] != '\r')
            abort();
        cells = 1;
    }
    if (quoted)
        abort();
}

/* Elements are balanced and quotes closed; no byte that XML forbids. */
static void must_be_xml(const struct str *text)
{
    int depth = 0;
    bool in_tag = false, quoted = false;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->data[i];
        if ((unsigned char)c < 0x20 && c != '\n')
            abort();
        if (c == '<' && (in_tag || quoted))
            abort();
        if (c == '<')
            in_tag = true, depth += text->data[i + 1] == '/'   ? -1
                                    : text->data[i + 1] == '?' ? 0
                                                               : 1;
        if (c == '"' && in_tag)
            quoted = !quoted;
        if (c == '>' && in_tag && !quoted) {
            in_tag = false;
            depth -= text->data[i - 1] == '/';
        }
    }
    if (depth || in_tag || quoted)
        abort();
}

static void must_be_tame(const struct str *text)
{
    for (size_t i = 0; i < text->len; i++)
        if ((unsigned char)text->data[i] < 0x20 && text->data[i] != '\n')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct texts t = {.rest = sv_n((const char *)data, size)};
    _cleanup_findings_ struct finding_set set = {0};
    struct report_meta meta = {.command = "check", .tool_version = "1", .to = {1, 99, 0, true}};
    meta.width = size % 160;
    fill(&set, &t);
    for (int format = REPORT_TABLE; format <= REPORT_MARKDOWN; format++) {
        _cleanup_str_ struct str out = {0};
        report_write((enum report_format)format, &set, &meta, &out);
        if (!str_ok(&out))
            abort();
        if (format == REPORT_JSON || format == REPORT_SARIF)
            must_be_json(&out);
        if (format == REPORT_CSV)
            must_be_csv(&out);
        if (format == REPORT_JUNIT)
            must_be_xml(&out);
        if (format == REPORT_TABLE)
            must_be_tame(&out);
    }
    arena_release(&t.arena);
    return 0;
}
