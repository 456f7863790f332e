#include "store_place.h"

#include "store/dynamo.h"
#include "unit.h"

#include <ftw.h>
#include <string.h>

/* A name that no other test has, also none on another machine with the same account. */
static void name_table(const struct dynamo_where *like, const char *settings, struct store_place *p)
{
    struct err err = {0};
    char token[DYNAMO_TOKEN_MAX];
    if (dynamo_token(token, &err) < 0)
        fail_msg("%s", err.msg);
    int len = snprintf(p->where, sizeof p->where, DYNAMO_SCHEME "%s-%s%s", like->table, token,
                       settings ? settings : "?");
    snprintf(p->where + len, sizeof p->where - (size_t)len, "%screate=yes", settings ? "&" : "");
}

static void init_dynamo(const char *named, struct store_place *p)
{
    struct err err = {0};
    struct dynamo_where like;
    if (dynamo_where_parse(named + strlen(DYNAMO_SCHEME), &like, &err) < 0)
        fail_msg("TOBAN_TEST_STORE: %s", err.msg);
    name_table(&like, strchr(named, '?'), p);
}

void store_place_init(struct store_place *p)
{
    const char *named = getenv("TOBAN_TEST_STORE");
    const char *top = getenv("TMPDIR");
    snprintf(p->folder, sizeof p->folder, "%s/toban-store-XXXXXX", top ? top : "/tmp");
    assert_non_null(mkdtemp(p->folder));
    if (!named || strcmp(named, "sqlite") == 0)
        snprintf(p->where, sizeof p->where, "sqlite://%s/s.db", p->folder);
    else if (sv_starts(sv_of(named), DYNAMO_SCHEME))
        init_dynamo(named, p);
    else
        fail_msg("TOBAN_TEST_STORE: no tests for a store at '%s'", named);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    return remove(path);
}

static void delete_table(const struct store_place *p)
{
    struct err err = {0};
    struct dynamo_where at;
    _cleanup_str_ struct str body = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    _cleanup_aws_client_ struct aws_client *c = NULL;
    assert_int_equal(dynamo_where_parse(p->where + strlen(DYNAMO_SCHEME), &at, &err), 0);
    dynamo_ask_describe(at.table, &body);
    struct aws_options options = {
        .region = *at.region ? at.region : NULL,
        .profile = *at.profile ? at.profile : NULL,
        .endpoint_url = *at.endpoint_url ? at.endpoint_url : NULL,
    };
    struct aws_call call = {.service = &aws_service_dynamodb,
                            .action = "DeleteTable",
                            .body = str_sv(&body),
                            .idempotent = true};
    if ((aws_client_new(&options, &c, &err) < 0 || aws_client_call(c, &call, &answer, &err) < 0) &&
        strcmp(answer.code, "ResourceNotFoundException") != 0)
        fail_msg("%s", err.msg);
}

void store_place_release(struct store_place *p)
{
    nftw(p->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (sv_starts(sv_of(p->where), DYNAMO_SCHEME))
        delete_table(p);
}

struct store *store_place_open(const struct store_place *p)
{
    struct err err = {0};
    struct store *s;
    if (store_open(p->where, &s, &err) < 0)
        fail_msg("%s", err.msg);
    return s;
}

void store_place_put(struct store *s, const char *partition, const char *sort, const char *body)
{
    struct err err = {0};
    struct store_write w = {.key = {partition, sort}, .body = sv_of(body)};
    if (store_write(s, &w, 1, NULL, &err) < 0)
        fail_msg("%s", err.msg);
}

const char *store_place_get(struct store *s, const char *partition, const char *sort,
                            struct arena *a)
{
    struct err err = {0};
    struct store_item item;
    if (store_get(s, (struct store_key){partition, sort}, a, &item, &err) == 0)
        return arena_dup(a, item.body);
    if (err.class != ERR_NOT_FOUND)
        fail_msg("%s", err.msg);
    return NULL;
}
