#include "ops/gates/cloudwatch_xml.h"

#include "base/timestamp.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 32

struct reader {
    XML_Parser parser;
    struct cloudwatch_answer *out;
    const char *path[DEPTH_MAX]; /* one of `known`; NULL: of no interest */
    unsigned depth;
    char text[256]; /* of the innermost element; longer ones are cut */
    size_t len;
    bool failed;
};

/* What is looked at: the element and the one around it. */
static const char *const known[] = {
    "member",       "Timestamps", "Values",  "StatusCode",
    "Error",        "Code",       "Message", "GetMetricDataResponse",
    "ErrorResponse"};

static const char *known_name(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], name) == 0)
            return known[i];
    return NULL;
}

static void stop(struct reader *r)
{
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct reader *r = ctx;
    const char *entry = known_name(name);
    bool root = entry && (strcmp(entry, "GetMetricDataResponse") == 0 ||
                          strcmp(entry, "ErrorResponse") == 0);
    r->len = 0;
    if (r->depth == DEPTH_MAX || (r->depth == 0 && !root))
        stop(r);
    else
        r->path[r->depth++] = entry;
}

static void XMLCALL on_text(void *ctx, const XML_Char *bytes, int count)
{
    struct reader *r = ctx;
    size_t room = sizeof r->text - 1 - r->len, n = (size_t)count < room ? (size_t)count : room;
    memcpy(r->text + r->len, bytes, n);
    r->len += n;
}

static bool is(const char *entry, const char *name)
{
    return entry && strcmp(entry, name) == 0;
}

static void take_time(struct reader *r)
{
    struct cloudwatch_answer *out = r->out;
    if (out->times == CLOUDWATCH_POINTS_MAX ||
        !timestamp_parse(sv_n(r->text, r->len), &out->points[out->times].at))
        stop(r);
    else
        out->times++;
}

static void take_value(struct reader *r)
{
    struct cloudwatch_answer *out = r->out;
    char *end = NULL;
    double value = strtod(r->text, &end);
    if (out->values == CLOUDWATCH_POINTS_MAX || end == r->text || *end)
        stop(r);
    else
        out->points[out->values++].value = value;
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct reader *r = ctx;
    /* The end of an empty element still comes after its start has stopped the parser. */
    if (r->failed)
        return;
    const char *entry = r->path[--r->depth], *around = r->depth ? r->path[r->depth - 1] : NULL;
    r->text[r->len] = '\0';
    if (is(entry, "member") && is(around, "Timestamps"))
        take_time(r);
    else if (is(entry, "member") && is(around, "Values"))
        take_value(r);
    else if (is(entry, "StatusCode") && is(around, "member"))
        snprintf(r->out->status, sizeof r->out->status, "%.31s", r->text);
    else if (is(entry, "Code") && is(around, "Error"))
        snprintf(r->out->code, sizeof r->out->code, "%.127s", r->text);
    else if (is(entry, "Message") && is(around, "Error"))
        snprintf(r->out->message, sizeof r->out->message, "%s", r->text);
    r->len = 0;
}

bool cloudwatch_parse(struct sv text, struct cloudwatch_answer *out)
{
    struct reader r = {.out = out, .parser = XML_ParserCreate(NULL)};
    *out = (struct cloudwatch_answer){0};
    if (!r.parser)
        return false;
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    bool ok = text.len < INT32_MAX &&
              XML_Parse(r.parser, text.ptr ? text.ptr : "", (int)text.len, 1) == XML_STATUS_OK;
    XML_ParserFree(r.parser);
    return ok && !r.failed && out->times == out->values;
}
