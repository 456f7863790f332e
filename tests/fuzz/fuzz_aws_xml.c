/* Any bytes as an XML answer: a tree with a root or an error, never both; texts only at leaves. */
#include "fuzz.h"

#include "aws/xml.h"

#include <stdlib.h>

static void check(const struct aws_xml_node *node, unsigned depth)
{
    if (depth > AWS_XML_DEPTH_MAX || !node->name.len || (node->first && node->text.len))
        abort();
    aws_xml_each(n, node)
        check(n, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_aws_xml_ struct aws_xml x = {0};
    struct err err = {0};
    int result = aws_xml_parse(&x, sv_n((const char *)data, size), &err);
    if ((result == 0) != (x.root != NULL) || (result == 0) != (err.class == ERR_NONE))
        abort();
    if (x.root)
        check(x.root, 1);
    return 0;
}
