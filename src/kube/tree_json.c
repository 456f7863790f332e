#include "kube/tree_json.h"

static void write_scalar(const struct doc_node *node, struct jsonw *out)
{
    char number[40];
    switch (node->type) {
    case DOC_BOOL:
        jsonw_bool(out, node->boolean);
        break;
    case DOC_INT:
        jsonw_int(out, node->integer);
        break;
    case DOC_FLOAT:
        snprintf(number, sizeof number, "%.17g", node->number);
        if (strspn(number, "+-0123456789.eE") == strlen(number))
            jsonw_raw(out, sv_of(number));
        else
            jsonw_null(out); /* infinity and NaN have no JSON */
        break;
    case DOC_STRING:
        jsonw_sv(out, node->text.ptr ? node->text : SV(""));
        break;
    default:
        jsonw_null(out);
    }
}

void tree_json_write(const struct doc_node *node, struct jsonw *out)
{
    if (node && node->type == DOC_MAP) {
        jsonw_object(out);
        doc_each_pair(p, node) {
            jsonw_key_sv(out, p->key->text);
            tree_json_write(p->value, out);
        }
        jsonw_object_end(out);
    } else if (node && node->type == DOC_SEQ) {
        jsonw_array(out);
        for (uint32_t i = 0; i < doc_count(node); i++)
            tree_json_write(doc_item(node, i), out);
        jsonw_array_end(out);
    } else if (node) {
        write_scalar(node, out);
    } else {
        jsonw_null(out);
    }
}
