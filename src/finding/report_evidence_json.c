#include "finding/report_evidence_json.h"

void report_evidence_json(struct jsonw *w, const struct finding *f)
{
    jsonw_key(w, "evidence");
    jsonw_array(w);
    vec_foreach(e, &f->evidence) {
        jsonw_object(w);
        jsonw_kv_str(w, "source", e->source);
        jsonw_kv_str(w, "detail", e->detail);
        jsonw_kv_str(w, "seen", e->seen);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}
