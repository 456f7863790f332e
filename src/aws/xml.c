#include "aws/xml.h"

#include "base/str.h"

#include <expat.h>
#include <stdio.h>

#define MEMORY_MAX ((size_t)512 << 20)

struct level {
    struct aws_xml_node *node, *last_child;
};

struct reader {
    XML_Parser parser;
    struct aws_xml *x;
    struct level path[AWS_XML_DEPTH_MAX];
    unsigned depth;
    size_t nodes;
    struct str text; /* of the innermost element so far */
    enum err_class failed;
    const char *why;
};

static void stop(struct reader *r, enum err_class class, const char *why)
{
    if (r->failed)
        return;
    r->failed = class;
    r->why = why;
    XML_StopParser(r->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon && colon[1] ? colon + 1 : name;
}

static void hang_in(struct reader *r, struct aws_xml_node *node)
{
    struct level *up = r->depth ? &r->path[r->depth - 1] : NULL;
    if (!up)
        r->x->root = node;
    else if (up->last_child)
        up->last_child->next = node;
    else
        up->node->first = node;
    if (up)
        up->last_child = node;
    r->path[r->depth++] = (struct level){.node = node};
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct reader *r = ctx;
    (void)attributes;
    if (r->failed)
        return;
    if (r->depth == AWS_XML_DEPTH_MAX || ++r->nodes > AWS_XML_NODES_MAX) {
        stop(r, ERR_LIMIT, "nested too deep or too many elements");
        return;
    }
    struct aws_xml_node *node = arena_new(&r->x->arena, struct aws_xml_node);
    char *copy = node ? arena_dup(&r->x->arena, sv_of(local_name(name))) : NULL;
    if (!copy) {
        stop(r, ERR_LIMIT, "too large");
        return;
    }
    node->name = sv_of(copy);
    node->text = SV("");
    str_reset(&r->text);
    hang_in(r, node);
}

static void XMLCALL on_text(void *ctx, const XML_Char *bytes, int count)
{
    struct reader *r = ctx;
    str_add(&r->text, bytes, (size_t)count);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct reader *r = ctx;
    (void)name;
    /* The end of an empty element still comes after its start has stopped the parser. */
    if (r->failed)
        return;
    struct aws_xml_node *node = r->path[--r->depth].node;
    if (!node->first && r->text.len) {
        char *copy = arena_dup(&r->x->arena, str_sv(&r->text));
        if (!copy || !str_ok(&r->text))
            stop(r, ERR_LIMIT, "too large");
        else
            node->text = sv_n(copy, r->text.len);
    }
    str_reset(&r->text);
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    stop(ctx, ERR_INPUT, "a document type, which no service sends");
}

static int explain(struct reader *r, struct err *err)
{
    unsigned long line = XML_GetCurrentLineNumber(r->parser);
    if (r->failed)
        return err_set(err, r->failed, "XML, line %lu: %s", line, r->why);
    return err_set(err, ERR_INPUT, "XML, line %lu: %s", line,
                   XML_ErrorString(XML_GetErrorCode(r->parser)));
}

int aws_xml_parse(struct aws_xml *x, struct sv text, struct err *err)
{
    struct reader r = {.x = x, .parser = XML_ParserCreate(NULL)};
    *x = (struct aws_xml){0};
    arena_init(&x->arena, MEMORY_MAX);
    if (!r.parser)
        return err_nomem(err, "an XML answer");
    if (text.len >= INT32_MAX) {
        XML_ParserFree(r.parser);
        return err_set(err, ERR_LIMIT, "XML of %zu bytes is too large", text.len);
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    int result = 0;
    if (XML_Parse(r.parser, text.ptr ? text.ptr : "", (int)text.len, 1) != XML_STATUS_OK ||
        r.failed) {
        x->root = NULL;
        result = explain(&r, err);
    }
    XML_ParserFree(r.parser);
    str_release(&r.text);
    return result;
}

void aws_xml_release(struct aws_xml *x)
{
    if (!x)
        return;
    arena_release(&x->arena);
    x->root = NULL;
}

static const struct aws_xml_node *child(const struct aws_xml_node *node, struct sv name)
{
    aws_xml_each(n, node)
        if (sv_eq(n->name, name))
            return n;
    return NULL;
}

const struct aws_xml_node *aws_xml_get(const struct aws_xml_node *node, const char *name)
{
    return child(node, sv_of(name));
}

const struct aws_xml_node *aws_xml_at(const struct aws_xml_node *node, const char *path)
{
    struct sv rest = sv_of(path);
    while (node && rest.ptr)
        node = child(node, sv_split(&rest, '.'));
    return node;
}

struct sv aws_xml_text(const struct aws_xml_node *node, const char *path)
{
    const struct aws_xml_node *found = aws_xml_at(node, path);
    return found ? found->text : SV_NONE;
}

unsigned aws_xml_count(const struct aws_xml_node *node)
{
    unsigned count = 0;
    aws_xml_each(n, node)
        count++;
    return count;
}
