/* Any bytes as an error answer, in JSON (first byte even) or XML: texts end, a class is found. */
#include "fuzz.h"

#include "aws/reason.h"

#include <stdlib.h>

static const struct aws_call call = {.service = &aws_service_eks, .action = "Do"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_response response = {.outcome = HTTP_ANSWERED};
    struct aws_answer a = {.status = 400};
    struct err err = {0};
    if (size < 1)
        return 0;
    struct sv body = sv_n((const char *)data + 1, size - 1);
    if (data[0] & 1) {
        aws_xml_parse(&a.tree, body, NULL);
        a.xml = a.tree.root;
    } else if (doc_parse_json(&a.file, "a", body, NULL, NULL) == 0) {
        a.json = a.file.parts[0].root;
    }
    aws_reason_read(&a, &response);
    aws_reason_explain(&call, "eu-west-1", &a, &err);
    if (err.class == ERR_NONE || !memchr(a.code, 0, sizeof a.code) ||
        !memchr(a.message, 0, sizeof a.message) ||
        !memchr(a.denied_action, 0, sizeof a.denied_action) ||
        (a.denied_action[0] && err.class != ERR_DENIED))
        abort();
    aws_answer_release(&a);
    http_response_release(&response);
    return 0;
}
