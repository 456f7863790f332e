/*
 * xml: the XML answers of AWS as a small tree. Names without namespaces, text without the white
 * space between elements; attributes, comments and doctypes mean nothing here (a doctype is
 * refused: no service sends one). Text in, tree out.
 */
#ifndef TOBAN_AWS_XML_H
#define TOBAN_AWS_XML_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sv.h"

#define AWS_XML_DEPTH_MAX 64
#define AWS_XML_NODES_MAX 2000000u

struct aws_xml_node {
    struct sv name;
    struct sv text;             /* decoded; "" when there is none or there are child elements */
    struct aws_xml_node *first; /* child */
    struct aws_xml_node *next;  /* sibling */
};

/* Zeroed memory is an empty tree. */
struct aws_xml {
    struct arena arena;
    struct aws_xml_node *root;
};

/* The tree copies what it keeps. -1 with err (ERR_INPUT, with line; ERR_LIMIT beyond depth or
 * nodes). Release it always. */
int aws_xml_parse(struct aws_xml *x, struct sv text, struct err *err);
/* NULL-safe. */
void aws_xml_release(struct aws_xml *x);
#define _cleanup_aws_xml_ _cleanup_(aws_xml_release)

/* The first child of that name; NULL when node is NULL or has none. */
const struct aws_xml_node *aws_xml_get(const struct aws_xml_node *node, const char *name);
/* Walks "launchTemplate.version" down from the children of node; NULL as soon as one is missing. */
const struct aws_xml_node *aws_xml_at(const struct aws_xml_node *node, const char *path);
/* The text of aws_xml_at; absent when the element is not there. */
struct sv aws_xml_text(const struct aws_xml_node *node, const char *path);

/* Number of children. NULL: 0. */
unsigned aws_xml_count(const struct aws_xml_node *node);

/* for (each child, of whatever name; nothing for NULL) */
#define aws_xml_each(n, parent)                                                                    \
    for (const struct aws_xml_node *n = (parent) ? (parent)->first : NULL; n; n = n->next)

#endif
