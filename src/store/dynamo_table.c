#include "store/dynamo.h"

#include <time.h>

#define POLL_MS 200

static const char *region_of(const struct dynamo_store *s)
{
    return aws_client_region(s->aws);
}

int dynamo_table_missing(const struct dynamo_store *s, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, "%s: there is no table '%s' in %s", s->base.where, s->at.table,
            region_of(s));
    return err_hint(err,
                    "is it another region or account? A command that writes makes it for "
                    "'" DYNAMO_SCHEME "%s?region=%s&create=yes', or: aws dynamodb create-table "
                    "--region %s --table-name %s --billing-mode PAY_PER_REQUEST "
                    "--attribute-definitions AttributeName=pk,AttributeType=S "
                    "AttributeName=sk,AttributeType=S --key-schema AttributeName=pk,KeyType=HASH "
                    "AttributeName=sk,KeyType=RANGE",
                    s->at.table, region_of(s), region_of(s), s->at.table);
}

static int other_table(const struct dynamo_store *s, struct err *err)
{
    err_set(err, ERR_INPUT,
            "%s: not a toban store (the keys of the table are not the strings 'pk' and 'sk')",
            s->base.where);
    return err_hint(err, "name another table; toban makes one with '&create=yes'");
}

/* 1: there is no such table. */
static int describe(struct dynamo_store *s, enum dynamo_table *state, char status[static 32],
                    struct err *err)
{
    _cleanup_str_ struct str body = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    struct sv word;
    dynamo_ask_describe(s->at.table, &body);
    if (dynamo_call(s, "DescribeTable", &body, "cannot open the store", &answer, err) < 0)
        return strcmp(answer.code, "ResourceNotFoundException") == 0 ? 1 : -1;
    *state = dynamo_read_table(answer.json, &word);
    snprintf(status, 32, "%.*s", SV_ARG(word));
    return 0;
}

/* Who comes second finds it being made. */
static int create(struct dynamo_store *s, struct err *err)
{
    _cleanup_str_ struct str body = {0};
    _cleanup_aws_answer_ struct aws_answer answer = {0};
    dynamo_ask_create(s->at.table, &body);
    if (dynamo_call(s, "CreateTable", &body, "cannot make the table", &answer, err) == 0 ||
        strcmp(answer.code, "ResourceInUseException") == 0) {
        err_clear(err);
        return 0;
    }
    return -1;
}

static int not_usable(const struct dynamo_store *s, const char *status, struct err *err)
{
    err_set(err, ERR_REMOTE, "%s: the table cannot be used now: it is %s", s->base.where,
            *status ? status : "in no known state");
    return err_hint(err, "look at it: aws dynamodb describe-table --region %s --table-name %s",
                    region_of(s), s->at.table);
}

int dynamo_table_prepare(struct dynamo_store *s, struct err *err)
{
    uint64_t end = http_now_ms() + DYNAMO_CREATE_MS;
    bool made = false;
    for (;;) {
        enum dynamo_table state = DYNAMO_TABLE_COMING;
        char status[32] = "CREATING";
        int rc = describe(s, &state, status, err);
        if (rc < 0)
            return -1;
        if (rc > 0 && (s->base.read_only || !s->at.create))
            return -1;
        if (rc > 0 && !made && create(s, err) < 0)
            return -1;
        made = made || rc > 0; /* a new table is not seen at once */
        if (state == DYNAMO_TABLE_READY)
            return 0;
        if (state == DYNAMO_TABLE_OTHER)
            return other_table(s, err);
        if (state == DYNAMO_TABLE_GOING || http_now_ms() >= end)
            return not_usable(s, status, err);
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
}
