#include "aws_rig.h"

#include "base/must.h"
#include "world_build.h"

#include "unit.h"

static struct sv no_object(void *ctx, const struct life_name *n)
{
    return SV_NONE;
}

static void ignore_put(void *ctx, const struct life_name *n, struct sv json)
{
}

static void ignore_drop(void *ctx, const struct life_name *n)
{
}

static const char cloud_text[] =
    "{\"LaunchTemplateVersions\": [{\"LaunchTemplateId\": \"lt-1\", \"LaunchTemplateName\": "
    "\"nodes\", \"VersionNumber\": 1, \"DefaultVersion\": true, \"LaunchTemplateData\": {}},"
    "{\"LaunchTemplateId\": \"lt-1\", \"LaunchTemplateName\": \"nodes\", \"VersionNumber\": 2, "
    "\"DefaultVersion\": false, \"LaunchTemplateData\": {\"ImageId\": \"ami-own\"}}]}";

static void add_nodes(struct aws_rig *r)
{
    static const char *const names[] = {"ip-10-0-0-10.eu-west-1.compute.internal",
                                        "ip-10-0-64-10.eu-west-1.compute.internal"};
    for (unsigned i = 0; i < 2; i++) {
        struct build_node n = {.name = names[i],
                               .zone = i ? "eu-west-1b" : "eu-west-1a",
                               .type = "m5.large",
                               .labels = "eks.amazonaws.com/nodegroup=blue"};
        uint32_t at = build_node(&r->w, &n);
        struct world_node *node = &r->w.nodes.items[at];
        node->ready = true;
        node->group = build_text(&r->w, "blue");
        node->provider_id =
            build_text(&r->w, i ? "aws:///eu-west-1b/i-0b" : "aws:///eu-west-1a/i-0a");
        node->kubelet_version = build_text(&r->w, "v1.30.4-eks-a737599");
    }
}

static void on_change(void *ctx, const struct world_change *c, int64_t now_ms)
{
    plane_changed(ctx, c, now_ms);
}

static void start_plane(struct aws_rig *r)
{
    const struct plane_options o = {.world = pocket_life_world(r->life),
                                    .cloud = &r->cloud,
                                    .region = "eu-west-1",
                                    .account = "111122223333",
                                    .seed = 7};
    r->plane = plane_new(&o);
    pocket_life_listen(r->life, on_change, r->plane);
}

void aws_rig_start(struct aws_rig *r, const char *faults)
{
    aws_rig_start_filled(r, faults, NULL);
}

void aws_rig_start_filled(struct aws_rig *r, const char *faults, void (*fill)(struct world *w))
{
    struct err err = {0};
    const struct life_host host = {r, no_object, ignore_put, ignore_drop};
    const struct life_options life = {.seed = 3};
    *r = (struct aws_rig){0};
    build_world(&r->w, 30);
    r->w.taken = 1700000000;
    add_nodes(r);
    build_workload(&r->w, WORKLOAD_DEPLOYMENT, "kube-system", "coredns", "k8s-app=kube-dns");
    if (fill)
        fill(&r->w);
    cloud_init(&r->cloud);
    assert_int_equal(cloud_read(&r->cloud, "cloud", sv_of(cloud_text), &err), 0);
    if (faults)
        assert_int_equal(faults_parse(&r->faults, sv_of(faults), &err), 0);
    r->life = pocket_life_new(&r->w, &r->cloud, &host, &life);
    start_plane(r);
    const struct pocket_aws_options o = {.cluster = "pocket",
                                         .region = "eu-west-1",
                                         .version = "1.30",
                                         .server = "https://127.0.0.1:1",
                                         .ca = SV("PEM"),
                                         .seed = 5,
                                         .world = &r->w,
                                         .cloud = &r->cloud,
                                         .life = r->life,
                                         .plane = r->plane,
                                         .faults = &r->faults};
    r->aws = pocket_aws_new(&o);
}

void aws_rig_stop(struct aws_rig *r)
{
    doc_release(&r->json);
    pocket_aws_answer_release(&r->answer);
    pocket_aws_free(r->aws);
    plane_free(r->plane);
    pocket_life_free(r->life);
    cloud_release(&r->cloud);
    world_release(&r->w);
}

void aws_rig_later(struct aws_rig *r, int64_t seconds)
{
    int64_t until = r->now_ms + seconds * 1000;
    while (r->now_ms < until) {
        int64_t next = pocket_aws_next(r->aws);
        r->now_ms = next > until ? until : next > r->now_ms ? next : r->now_ms + 1;
        pocket_life_run(r->life, r->now_ms);
        pocket_aws_run(r->aws, r->now_ms);
    }
}

bool aws_rig_wait(struct aws_rig *r, const char *group, const char *status, int64_t seconds)
{
    for (int64_t waited = 0; waited <= seconds; waited += 5) {
        const struct account_group *g = account_find_group(aws_rig_account(r), group);
        if (g && strcmp(g->spec.status, status) == 0)
            return true;
        aws_rig_later(r, 5);
    }
    return false;
}

/* --- requests ------------------------------------------------------------------------------ */

static int take_answer(struct aws_rig *r)
{
    doc_release(&r->json);
    r->json = (struct doc_file){0};
    if (str_c(&r->answer.body)[0] == '{')
        assert_int_equal(doc_parse_json(&r->json, "answer", str_sv(&r->answer.body), NULL, NULL),
                         0);
    return r->answer.status;
}

static int ask(struct aws_rig *r, const char *service, struct pocket_aws_asked *asked,
               const char *target)
{
    char scope[300], date[32];
    const char *when = r->date ? r->date : "20231114T221320Z";
    snprintf(date, sizeof date, "%.8s", when);
    snprintf(scope, sizeof scope,
             "AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=host, "
             "Signature=0",
             r->key ? r->key : "AKID", date, r->region ? r->region : "eu-west-1", service);
    const struct pocket_aws_header headers[] = {
        {SV("authorization"), sv_of(scope)},
        {SV("X-Amz-Date"), sv_of(when)},
        {SV("X-Amz-Security-Token"), sv_of(r->token)},
        {SV("X-Amz-Target"), sv_of(target)},
        {SV("Host"), SV("127.0.0.1:4566")},
        {SV("Content-Type"), target ? SV("application/x-amz-json-1.0")
                                    : SV("application/x-www-form-urlencoded; charset=utf-8")},
    };
    asked->headers = headers;
    asked->header_count = ARRAY_LEN(headers);
    asked->clock = r->date ? 1700000000 : 0;
    asked->may_wait = r->may_wait;
    pocket_aws_request(r->aws, asked, &r->answer);
    return take_answer(r);
}

int aws_rig_rest(struct aws_rig *r, const char *call, const char *body)
{
    struct sv query = sv_of(call), method = sv_split(&query, ' '), path = sv_split(&query, '?');
    struct pocket_aws_asked asked = {
        .method = method, .path = path, .query = query, .body = sv_of(body)};
    return ask(r, "eks", &asked, NULL);
}

int aws_rig_form(struct aws_rig *r, const char *service, const char *form)
{
    return aws_rig_path(r, service, "/", form);
}

int aws_rig_path(struct aws_rig *r, const char *service, const char *path, const char *form)
{
    struct pocket_aws_asked asked = {
        .method = SV("POST"), .path = sv_of(path), .body = sv_of(form)};
    return ask(r, service, &asked, NULL);
}

int aws_rig_again(struct aws_rig *r, bool may_wait)
{
    r->answer.status = 0;
    pocket_aws_again(r->answer.held, may_wait, &r->answer);
    return take_answer(r);
}

int aws_rig_json(struct aws_rig *r, const char *service, const char *target, const char *body)
{
    struct pocket_aws_asked asked = {.method = SV("POST"), .path = SV("/"), .body = sv_of(body)};
    return ask(r, service, &asked, target);
}

struct sv aws_rig_at(struct aws_rig *r, const char *path)
{
    struct sv text = r->json.part_count ? doc_scalar(doc_at(r->json.parts[0].root, path)) : SV_NONE;
    return text.ptr ? text : SV("");
}

bool aws_rig_says(const struct aws_rig *r, const char *text)
{
    return strstr(str_c(&r->answer.body), text) != NULL;
}

struct account *aws_rig_account(struct aws_rig *r)
{
    return pocket_aws_account(r->aws);
}
