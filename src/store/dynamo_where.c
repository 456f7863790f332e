#include "aws/endpoint.h"
#include "store/dynamo.h"

#include <ctype.h>

#define TABLE_MIN 3
#define TABLE_MAX 255

static int misuse(struct err *err, const char *fmt, struct sv what)
{
    err_set(err, ERR_USAGE, fmt, SV_ARG(what));
    return err_hint(err, "a store in DynamoDB is written dynamodb://TABLE[?region=REGION"
                         "&profile=NAME&endpoint-url=URL&create=yes]");
}

static int hex(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                        : -1;
}

/* Decodes %XX. False when it does not fit, is empty, or is no text. */
static bool take_value(struct sv v, char *to, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.ptr[i];
        if (c == '%') {
            if (i + 2 >= v.len || hex(v.ptr[i + 1]) < 0 || hex(v.ptr[i + 2]) < 0)
                return false;
            c = (char)(hex(v.ptr[i + 1]) * 16 + hex(v.ptr[i + 2]));
            i += 2;
        }
        if ((unsigned char)c < ' ' || n + 1 >= cap)
            return false;
        to[n++] = c;
    }
    to[n] = '\0';
    return n > 0;
}

static bool table_valid(struct sv name)
{
    if (name.len < TABLE_MIN || name.len > TABLE_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && !strchr("_-.", name.ptr[i]))
            return false;
    return true;
}

/* A login in a URL would be shown with it. */
static bool url_valid(const char *url)
{
    return (sv_starts(sv_of(url), "http://") || sv_starts(sv_of(url), "https://")) &&
           !strchr(url, '@');
}

static int take_option(struct sv option, struct dynamo_where *out, struct err *err)
{
    struct sv value = option, name = sv_split(&value, '=');
    char word[8];
    bool good;
    if (sv_is(name, "region"))
        good = take_value(value, out->region, sizeof out->region) && aws_region_valid(out->region);
    else if (sv_is(name, "profile"))
        good = take_value(value, out->profile, sizeof out->profile);
    else if (sv_is(name, "endpoint-url"))
        good = take_value(value, out->endpoint_url, sizeof out->endpoint_url) &&
               url_valid(out->endpoint_url);
    else if (sv_is(name, "create"))
        good = out->create =
            take_value(value, word, sizeof word) && (!strcmp(word, "yes") || !strcmp(word, "true"));
    else
        return misuse(err, "store in DynamoDB: no such setting: '%.*s'", name);
    return good ? 0 : misuse(err, "store in DynamoDB: not a usable setting: '%.*s'", option);
}

int dynamo_where_parse(const char *text, struct dynamo_where *out, struct err *err)
{
    *out = (struct dynamo_where){0};
    struct sv rest = sv_of(text), table = sv_split(&rest, '?');
    if (!table_valid(table))
        return misuse(err,
                      "store in DynamoDB: '%.*s' is no name of a table (3 to 255 letters, "
                      "digits, '_', '-', '.')",
                      table);
    memcpy(out->table, table.ptr, table.len);
    while (rest.ptr)
        if (take_option(sv_split(&rest, '&'), out, err) < 0)
            return -1;
    return 0;
}
