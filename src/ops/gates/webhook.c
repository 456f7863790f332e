#include "ops/gates/look.h"

#include "base/jsonw.h"
#include "base/secret.h"
#include "doc/doc.h"

static void format_body(const struct plan *p, const struct plan_step *step, struct str *out)
{
    struct jsonw w;
    jsonw_init(&w, out, 0);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.gate/v1");
    jsonw_kv_str(&w, "plan", p->id);
    jsonw_kv_str(&w, "kind", p->kind);
    jsonw_kv_str(&w, "title", p->title);
    jsonw_kv_str(&w, "cluster", p->cluster);
    jsonw_kv_str(&w, "step", step->name);
    jsonw_kv_str(&w, "status", plan_status_names[p->status]);
    jsonw_object_end(&w);
}

static void say_reason(const struct doc_node *root, struct gate_sight *out)
{
    struct sv reason = doc_get_string(root, "reason");
    if (reason.ptr)
        look_say(out, reason);
}

static void understand(const struct http_response *r, const char *url, struct gate_sight *out)
{
    _cleanup_doc_ struct doc_file f = {0};
    _cleanup_str_ struct str origin = {0};
    struct sv body = sv_trim(str_sv(&r->body));
    bool fine = r->status >= 200 && r->status < 300, refused = r->status == 403;
    bool parsed = body.len && doc_parse_json(&f, "answer", body, NULL, NULL) == 0;
    const struct doc_node *root = parsed ? f.parts[0].root : NULL, *allow = doc_get(root, "allow");
    http_origin(url, &origin);
    if (!fine && !refused) {
        look_failed(out, "%s answered %d", str_c(&origin), r->status);
        return;
    }
    if (fine && body.len && !(allow && allow->type == DOC_BOOL)) {
        look_failed(out, "%s answered neither {\"allow\": true} nor {\"allow\": false}",
                    str_c(&origin));
        return;
    }
    out->ok = true;
    out->allows = fine && (!body.len || allow->boolean);
    say_reason(root, out);
}

void look_webhook(const struct plan *p, const struct plan_step *step, unsigned timeout_ms,
                  struct gate_sight *out)
{
    _cleanup_http_response_ struct http_response response = {0};
    _cleanup_str_ struct str body = {0};
    _cleanup_secret_str_ struct str bearer = {0};
    format_body(p, step, &body);
    look_bearer("TOBAN_WEBHOOK_TOKEN", &bearer);
    const char *headers[] = {"Content-Type: application/json", bearer.len ? str_c(&bearer) : NULL,
                             NULL};
    const struct http_request request = {.method = "POST",
                                         .url = step->gate.url,
                                         .headers = headers,
                                         .body = str_sv(&body),
                                         .max = LOOK_BODY_MAX,
                                         .timeout_ms = timeout_ms};
    if (look_exchange(&request, &response, out) == 0)
        understand(&response, step->gate.url, out);
}
