/* SQS of the pocket: queues and messages in virtual time, in both protocols. */
#include "pocket/aws/sqs.h"

#include "aws_rig.h"

#include "unit.h"

#define URL "http://127.0.0.1:4566/111122223333/"
#define Q "\"QueueUrl\":\"" URL "q\""

static int call(struct aws_rig *r, const char *action, const char *body)
{
    char target[80];
    snprintf(target, sizeof target, "AmazonSQS.%s", action);
    return aws_rig_json(r, "sqs", target, body);
}

static void must(struct aws_rig *r, const char *action, const char *body)
{
    if (call(r, action, body) != 200)
        fail_msg("%s %s: %s", action, body, str_c(&r->answer.body));
}

static void refused(struct aws_rig *r, const char *action, const char *body, const char *code,
                    const char *in_query)
{
    _cleanup_str_ struct str type = {0}, header = {0};
    assert_in_range(call(r, action, body), 400, 499);
    str_addf(&type, "com.amazonaws.sqs#%s", code);
    str_addf(&header, "x-amzn-query-error: %s;Sender\r\n", in_query);
    if (!sv_is(aws_rig_at(r, "__type"), str_c(&type)) ||
        !strstr(str_c(&r->answer.headers), str_c(&header)))
        fail_msg("%s %s: %s%s", action, body, str_c(&r->answer.headers), str_c(&r->answer.body));
}

static void assert_at(struct aws_rig *r, const char *path, const char *value)
{
    struct sv seen = aws_rig_at(r, path);
    if (!sv_is(seen, value))
        fail_msg("%s is '%.*s', not '%s': %s", path, SV_ARG(seen), value, str_c(&r->answer.body));
}

/* Messages that ReceiveMessage gives, up to ten, with all that is known of them. */
static size_t receive(struct aws_rig *r, const char *more)
{
    _cleanup_str_ struct str body = {0};
    str_addf(&body,
             "{" Q ",\"MaxNumberOfMessages\":10,\"AttributeNames\":[\"All\"],"
             "\"MessageAttributeNames\":[\"All\"]%s}",
             more);
    must(r, "ReceiveMessage", str_c(&body));
    const struct doc_node *list = doc_get(r->json.parts[0].root, "Messages");
    return list ? doc_count(list) : 0;
}

static void counts(struct aws_rig *r, const char *visible, const char *in_flight,
                   const char *delayed)
{
    must(r, "GetQueueAttributes", "{" Q ",\"AttributeNames\":[\"All\"]}");
    assert_at(r, "Attributes.ApproximateNumberOfMessages", visible);
    assert_at(r, "Attributes.ApproximateNumberOfMessagesNotVisible", in_flight);
    assert_at(r, "Attributes.ApproximateNumberOfMessagesDelayed", delayed);
}

static void with_receipt(struct aws_rig *r, struct str *out, const char *more)
{
    struct sv receipt = aws_rig_at(r, "Messages[0].ReceiptHandle");
    assert_true(receipt.len != 0);
    str_reset(out);
    str_addf(out, "{" Q ",\"ReceiptHandle\":\"%.*s\"%s}", SV_ARG(receipt), more);
}

/* --- queues --------------------------------------------------------------------------------- */

static void test_queues(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    refused(&r, "GetQueueUrl", "{\"QueueName\":\"q\"}", "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue");
    must(&r, "ListQueues", "{\"QueueNamePrefix\":\"q\"}");
    assert_string_equal(str_c(&r.answer.body), "{}");
    must(&r, "CreateQueue",
         "{\"QueueName\":\"q\",\"Attributes\":{\"VisibilityTimeout\":\"60\",\"Policy\":\"{}\"}}");
    assert_at(&r, "QueueUrl", URL "q");
    must(&r, "CreateQueue", "{\"QueueName\":\"q\",\"Attributes\":{\"VisibilityTimeout\":\"60\"}}");
    refused(&r, "CreateQueue",
            "{\"QueueName\":\"q\",\"Attributes\":{\"VisibilityTimeout\":\"61\"}}",
            "QueueNameExists", "QueueAlreadyExists");
    aws_rig_later(&r, 5);
    must(&r, "SetQueueAttributes",
         "{" Q ",\"Attributes\":{\"DelaySeconds\":\"900\",\"Policy\":\"\"}}");
    must(&r, "GetQueueAttributes", "{" Q ",\"AttributeNames\":[\"All\"]}");
    assert_at(&r, "Attributes.QueueArn", "arn:aws:sqs:eu-west-1:111122223333:q");
    assert_at(&r, "Attributes.VisibilityTimeout", "60");
    assert_at(&r, "Attributes.DelaySeconds", "900");
    assert_at(&r, "Attributes.MessageRetentionPeriod", "345600");
    assert_at(&r, "Attributes.MaximumMessageSize", "1048576");
    assert_at(&r, "Attributes.CreatedTimestamp", "1700000000");
    assert_at(&r, "Attributes.LastModifiedTimestamp", "1700000005");
    assert_false(aws_rig_says(&r, "Policy"));
    must(&r, "GetQueueAttributes", "{" Q ",\"AttributeNames\":[\"DelaySeconds\"]}");
    assert_string_equal(str_c(&r.answer.body), "{\"Attributes\":{\"DelaySeconds\":\"900\"}}");
    must(&r, "CreateQueue", "{\"QueueName\":\"q-2\"}");
    must(&r, "ListQueues", "{\"QueueNamePrefix\":\"q-\"}");
    assert_string_equal(str_c(&r.answer.body), "{\"QueueUrls\":[\"" URL "q-2\"]}");
    must(&r, "ListQueues", "{\"QueueNamePrefix\":\"q\",\"MaxResults\":1}");
    assert_at(&r, "QueueUrls[0]", URL "q");
    must(&r, "ListQueues", "{\"QueueNamePrefix\":\"q\",\"MaxResults\":1,\"NextToken\":\"page-1\"}");
    assert_at(&r, "QueueUrls[0]", URL "q-2");
    aws_rig_stop(&r);
}

static void test_what_no_queue_takes(void **state)
{
    static const struct {
        const char *action, *body, *code, *in_query;
    } cases[] = {
        {"CreateQueue", "{}", "MissingParameter", "MissingParameter"},
        {"CreateQueue", "{\"QueueName\":\"a b\"}", "InvalidParameterValue",
         "InvalidParameterValue"},
        {"CreateQueue", "{\"QueueName\":\"a.fifo\"}", "UnsupportedOperation",
         "AWS.SimpleQueueService.UnsupportedOperation"},
        {"CreateQueue", "{\"QueueName\":\"n\",\"Attributes\":{\"Colour\":\"red\"}}",
         "InvalidAttributeName", "InvalidAttributeName"},
        {"SetQueueAttributes", "{" Q ",\"Attributes\":{\"VisibilityTimeout\":\"43201\"}}",
         "InvalidAttributeValue", "InvalidAttributeValue"},
        {"SetQueueAttributes", "{" Q ",\"Attributes\":{\"QueueArn\":\"x\"}}",
         "InvalidAttributeName", "InvalidAttributeName"},
        {"SetQueueAttributes", "{" Q ",\"Attributes\":{\"RedrivePolicy\":\"[]\"}}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"SetQueueAttributes",
         "{" Q ",\"Attributes\":{\"DelaySeconds\":\"5\",\"RedrivePolicy\":"
         "\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:eu-west-1:111122223333:no\\\","
         "\\\"maxReceiveCount\\\":3}\"}}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"GetQueueAttributes", "{" Q ",\"AttributeNames\":[\"Colour\"]}", "InvalidAttributeName",
         "InvalidAttributeName"},
        {"SendMessage", "{" Q "}", "MissingParameter", "MissingParameter"},
        {"SendMessage", "{\"MessageBody\":\"x\"}", "MissingParameter", "MissingParameter"},
        {"SendMessage", "{" Q ",\"MessageBody\":\"a\\u0001\"}", "InvalidMessageContents",
         "InvalidMessageContents"},
        {"SendMessage", "{" Q ",\"MessageBody\":\"x\",\"DelaySeconds\":901}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"SendMessage",
         "{" Q ",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":{\"DataType\":\"Text\","
         "\"StringValue\":\"b\"}}}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"SendMessage",
         "{" Q ",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":{\"DataType\":\"Binary\","
         "\"StringValue\":\"b\"}}}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"SendMessage",
         "{" Q ",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a\":{\"DataType\":\"Binary\","
         "\"BinaryValue\":\"!\"}}}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"SendMessage",
         "{" Q ",\"MessageBody\":\"x\",\"MessageAttributes\":{\"a b\":{\"DataType\":\"String\","
         "\"StringValue\":\"b\"}}}",
         "InvalidParameterValue", "InvalidParameterValue"},
        {"SendMessage", "{\"QueueUrl\":\"" URL "no\",\"MessageBody\":\"x\"}", "QueueDoesNotExist",
         "AWS.SimpleQueueService.NonExistentQueue"},
        {"SendMessage", "{\"QueueUrl\":\"http://h/999999999999/q\",\"MessageBody\":\"x\"}",
         "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
        {"ReceiveMessage", "{" Q ",\"MaxNumberOfMessages\":11}", "InvalidParameterValue",
         "InvalidParameterValue"},
        {"ReceiveMessage", "{" Q ",\"WaitTimeSeconds\":21}", "InvalidParameterValue",
         "InvalidParameterValue"},
        {"DeleteMessage", "{" Q "}", "MissingParameter", "MissingParameter"},
        {"DeleteMessage", "{" Q ",\"ReceiptHandle\":\"none\"}", "ReceiptHandleIsInvalid",
         "ReceiptHandleIsInvalid"},
        {"SendMessageBatch", "{" Q ",\"Entries\":[]}", "EmptyBatchRequest",
         "AWS.SimpleQueueService.EmptyBatchRequest"},
        {"DeleteMessageBatch",
         "{" Q ",\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":\"x\"},{\"Id\":\"a\"}]}",
         "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
    };
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    sqs_make(aws_rig_account(&r), "q");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        refused(&r, cases[i].action, cases[i].body, cases[i].code, cases[i].in_query);
    /* Nothing of an attribute list is set when one of it is refused. */
    must(&r, "GetQueueAttributes", "{" Q ",\"AttributeNames\":[\"DelaySeconds\"]}");
    assert_at(&r, "Attributes.DelaySeconds", "0");
    counts(&r, "0", "0", "0");
    aws_rig_stop(&r);
}

static void test_deleted_and_purged(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    must(&r, "CreateQueue", "{\"QueueName\":\"q\"}");
    sqs_post(aws_rig_account(&r), "q", "one");
    must(&r, "PurgeQueue", "{" Q "}");
    counts(&r, "0", "0", "0");
    aws_rig_later(&r, 59);
    refused(&r, "PurgeQueue", "{" Q "}", "PurgeQueueInProgress",
            "AWS.SimpleQueueService.PurgeQueueInProgress");
    aws_rig_later(&r, 1);
    must(&r, "PurgeQueue", "{" Q "}");
    must(&r, "DeleteQueue", "{" Q "}");
    refused(&r, "GetQueueUrl", "{\"QueueName\":\"q\"}", "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue");
    refused(&r, "CreateQueue", "{\"QueueName\":\"q\"}", "QueueDeletedRecently",
            "AWS.SimpleQueueService.QueueDeletedRecently");
    sqs_post(aws_rig_account(&r), "q", "into nothing");
    aws_rig_later(&r, 60);
    must(&r, "CreateQueue", "{\"QueueName\":\"q\"}");
    counts(&r, "0", "0", "0");
    aws_rig_stop(&r);
}

/* --- messages ------------------------------------------------------------------------------- */

static void test_visibility(void **state)
{
    _cleanup_str_ struct str old = {0}, body = {0};
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    sqs_make(aws_rig_account(&r), "q");
    aws_rig_later(&r, 2);
    sqs_post(aws_rig_account(&r), "q", "hello");
    counts(&r, "1", "0", "0");
    aws_rig_later(&r, 1);
    assert_int_equal(receive(&r, ""), 1);
    assert_at(&r, "Messages[0].Body", "hello");
    assert_at(&r, "Messages[0].MD5OfBody", "5d41402abc4b2a76b9719d911017c592");
    assert_at(&r, "Messages[0].Attributes.SentTimestamp", "1700000002000");
    assert_at(&r, "Messages[0].Attributes.ApproximateReceiveCount", "1");
    assert_at(&r, "Messages[0].Attributes.ApproximateFirstReceiveTimestamp", "1700000003000");
    with_receipt(&r, &old, "");
    counts(&r, "0", "1", "0");
    aws_rig_later(&r, 29);
    assert_int_equal(receive(&r, ""), 0);
    aws_rig_later(&r, 1);
    assert_int_equal(receive(&r, ",\"VisibilityTimeout\":5"), 1);
    assert_at(&r, "Messages[0].Attributes.ApproximateReceiveCount", "2");
    assert_at(&r, "Messages[0].Attributes.ApproximateFirstReceiveTimestamp", "1700000003000");
    with_receipt(&r, &body, ",\"VisibilityTimeout\":100");
    must(&r, "ChangeMessageVisibility", str_c(&body));
    aws_rig_later(&r, 99);
    counts(&r, "0", "1", "0");
    aws_rig_later(&r, 1);
    counts(&r, "1", "0", "0");
    refused(&r, "ChangeMessageVisibility", str_c(&body), "MessageNotInflight",
            "AWS.SimpleQueueService.MessageNotInflight");
    /* Only looking: it stays for everybody, and is given once in an answer. */
    assert_int_equal(receive(&r, ",\"VisibilityTimeout\":0"), 1);
    assert_int_equal(receive(&r, ",\"VisibilityTimeout\":0"), 1);
    assert_at(&r, "Messages[0].Attributes.ApproximateReceiveCount", "4");
    /* A receipt of an earlier time will do, and more than once. */
    must(&r, "DeleteMessage", str_c(&old));
    counts(&r, "0", "0", "0");
    must(&r, "DeleteMessage", str_c(&old));
    refused(&r, "ChangeMessageVisibility", str_c(&body), "InvalidParameterValue",
            "InvalidParameterValue");
    aws_rig_stop(&r);
}

static void test_delay_and_retention(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    must(&r, "CreateQueue",
         "{\"QueueName\":\"q\",\"Attributes\":{\"DelaySeconds\":\"10\","
         "\"MessageRetentionPeriod\":\"60\"}}");
    must(&r, "SendMessage", "{" Q ",\"MessageBody\":\"late\"}");
    must(&r, "SendMessage", "{" Q ",\"MessageBody\":\"now\",\"DelaySeconds\":0}");
    counts(&r, "1", "0", "1");
    assert_int_equal(receive(&r, ""), 1);
    assert_at(&r, "Messages[0].Body", "now");
    aws_rig_later(&r, 10);
    assert_int_equal(receive(&r, ""), 1);
    assert_at(&r, "Messages[0].Body", "late");
    aws_rig_later(&r, 49);
    counts(&r, "2", "0", "0");
    aws_rig_later(&r, 1);
    counts(&r, "0", "0", "0");
    assert_int_equal(receive(&r, ""), 0);
    aws_rig_stop(&r);
}

static void test_dead_letters(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    must(&r, "CreateQueue", "{\"QueueName\":\"dead\"}");
    must(&r, "CreateQueue",
         "{\"QueueName\":\"q\",\"Attributes\":{\"RedrivePolicy\":"
         "\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:eu-west-1:111122223333:dead\\\","
         "\\\"maxReceiveCount\\\":\\\"2\\\"}\"}}");
    sqs_post(aws_rig_account(&r), "q", "bad");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(receive(&r, ""), 1);
        aws_rig_later(&r, 30);
    }
    sqs_post(aws_rig_account(&r), "q", "good");
    assert_int_equal(receive(&r, ""), 1);
    assert_at(&r, "Messages[0].Body", "good");
    must(&r, "ReceiveMessage", "{\"QueueUrl\":\"" URL "dead\",\"AttributeNames\":[\"All\"]}");
    assert_at(&r, "Messages[0].Body", "bad");
    assert_at(&r, "Messages[0].Attributes.SentTimestamp", "1700000000000");
    assert_at(&r, "Messages[0].Attributes.ApproximateReceiveCount", "3");
    /* Its receipt is none of the first queue's. */
    _cleanup_str_ struct str body = {0};
    with_receipt(&r, &body, "");
    refused(&r, "DeleteMessage", str_c(&body), "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid");
    /* Without its dead-letter queue a message stays. */
    must(&r, "DeleteQueue", "{\"QueueUrl\":\"" URL "dead\"}");
    for (int i = 0; i < 3; i++) {
        aws_rig_later(&r, 30);
        assert_int_equal(receive(&r, ""), 1);
    }
    aws_rig_stop(&r);
}

/* A queue that is its own dead-letter queue has nowhere to put a message. */
static void test_dead_letters_of_its_own(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    must(&r, "CreateQueue",
         "{\"QueueName\":\"q\",\"Attributes\":{\"RedrivePolicy\":"
         "\"{\\\"deadLetterTargetArn\\\":\\\"arn:aws:sqs:eu-west-1:111122223333:q\\\","
         "\\\"maxReceiveCount\\\":1}\"}}");
    sqs_post(aws_rig_account(&r), "q", "bad");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(receive(&r, ""), 1);
        aws_rig_later(&r, 30);
    }
    aws_rig_stop(&r);
}

#define ATTRIBUTES                                                                                 \
    "\"MessageAttributes\":{\"zone\":{\"DataType\":\"String\",\"StringValue\":\"eu\"},"            \
    "\"age\":{\"DataType\":\"Number.int\",\"StringValue\":\"7\"},"                                 \
    "\"raw\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AP8=\"}}"

static void test_message_attributes(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    sqs_make(aws_rig_account(&r), "q");
    must(&r, "SendMessage", "{" Q ",\"MessageBody\":\"hello\"," ATTRIBUTES "}");
    assert_at(&r, "MD5OfMessageBody", "5d41402abc4b2a76b9719d911017c592");
    assert_at(&r, "MD5OfMessageAttributes", "1db8893e64bc9d725fa6ad696062ae7c");
    assert_int_equal(receive(&r, ",\"VisibilityTimeout\":0"), 1);
    assert_at(&r, "Messages[0].MessageAttributes.raw.BinaryValue", "AP8=");
    assert_at(&r, "Messages[0].MessageAttributes.age.DataType", "Number.int");
    must(&r, "ReceiveMessage",
         "{" Q ",\"MessageAttributeNames\":[\"zo.*\"],\"MessageSystemAttributeNames\":"
         "[\"SenderId\"],\"VisibilityTimeout\":0}");
    assert_at(&r, "Messages[0].MessageAttributes.zone.StringValue", "eu");
    assert_at(&r, "Messages[0].MD5OfMessageAttributes", "af60dcf15ec992c2ea5589a36db213a4");
    assert_at(&r, "Messages[0].Attributes.SenderId", "AIDAPOCKETEXAMPLE0000");
    assert_false(aws_rig_says(&r, "Number.int"));
    must(&r, "ReceiveMessage", "{" Q "}");
    assert_false(aws_rig_says(&r, "Attributes"));
    aws_rig_stop(&r);
}

static void test_size(void **state)
{
    _cleanup_str_ struct str body = {0};
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    must(&r, "CreateQueue",
         "{\"QueueName\":\"q\",\"Attributes\":{\"MaximumMessageSize\":\"1024\"}}");
    /* Attributes count with name, type and value: 14 bytes. */
    for (unsigned more = 0; more < 2; more++) {
        str_reset(&body);
        str_adds(&body, "{" Q ",\"MessageBody\":\"");
        str_fill(&body, 'x', 1024 - 14 + more);
        str_adds(&body, "\",\"MessageAttributes\":{\"name\":{\"DataType\":\"String\","
                        "\"StringValue\":\"four\"}}}");
        if (more)
            refused(&r, "SendMessage", str_c(&body), "InvalidParameterValue",
                    "InvalidParameterValue");
        else
            must(&r, "SendMessage", str_c(&body));
    }
    counts(&r, "1", "0", "0");
    aws_rig_stop(&r);
}

static void test_batches(void **state)
{
    _cleanup_str_ struct str body = {0};
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    sqs_make(aws_rig_account(&r), "q");
    must(&r, "SendMessageBatch",
         "{" Q ",\"Entries\":[{\"Id\":\"a\",\"MessageBody\":\"one\"},{\"Id\":\"b\"},"
         "{\"Id\":\"c\",\"MessageBody\":\"hello\"," ATTRIBUTES "}]}");
    assert_at(&r, "Successful[0].Id", "a");
    assert_at(&r, "Successful[1].Id", "c");
    assert_at(&r, "Successful[1].MD5OfMessageBody", "5d41402abc4b2a76b9719d911017c592");
    assert_at(&r, "Failed[0].Id", "b");
    assert_at(&r, "Failed[0].Code", "MissingParameter");
    assert_at(&r, "Failed[0].SenderFault", "true");
    assert_int_equal(receive(&r, ""), 2);
    str_addf(&body,
             "{" Q ",\"Entries\":[{\"Id\":\"a\",\"ReceiptHandle\":\"%.*s\"},"
             "{\"Id\":\"b\",\"ReceiptHandle\":\"no\"}]}",
             SV_ARG(aws_rig_at(&r, "Messages[0].ReceiptHandle")));
    must(&r, "DeleteMessageBatch", str_c(&body));
    assert_at(&r, "Successful[0].Id", "a");
    assert_at(&r, "Failed[0].Code", "ReceiptHandleIsInvalid");
    counts(&r, "0", "1", "0");
    aws_rig_stop(&r);
}

/* --- waiting -------------------------------------------------------------------------------- */

static void test_waits_for_a_message(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    must(&r, "CreateQueue",
         "{\"QueueName\":\"q\",\"Attributes\":{\"ReceiveMessageWaitTimeSeconds\":\"7\"}}");
    r.may_wait = true;
    call(&r, "ReceiveMessage", "{" Q ",\"WaitTimeSeconds\":20}");
    assert_non_null(r.answer.held);
    assert_int_equal(r.answer.wait_ms, 20000);
    assert_int_equal(aws_rig_again(&r, true), 0);
    sqs_post(aws_rig_account(&r), "q", "hello");
    assert_int_equal(aws_rig_again(&r, true), 200);
    assert_null(r.answer.held);
    assert_at(&r, "Messages[0].Body", "hello");
    /* One that is not visible is waited for; with the queue's own time. */
    call(&r, "ReceiveMessage", "{" Q "}");
    assert_int_equal(r.answer.wait_ms, 7000);
    aws_rig_later(&r, 30);
    assert_int_equal(aws_rig_again(&r, true), 200);
    assert_at(&r, "Messages[0].Body", "hello");
    call(&r, "ReceiveMessage", "{" Q "}");
    assert_int_equal(aws_rig_again(&r, false), 200);
    assert_string_equal(str_c(&r.answer.body), "{}");
    /* The queue goes meanwhile. */
    call(&r, "ReceiveMessage", "{" Q "}");
    struct pocket_aws_held *held = r.answer.held;
    r.answer.held = NULL;
    must(&r, "DeleteQueue", "{" Q "}");
    r.answer.held = held;
    assert_int_equal(aws_rig_again(&r, true), 400);
    assert_at(&r, "__type", "com.amazonaws.sqs#QueueDoesNotExist");
    /* A client that has gone, and one that does not wait. */
    sqs_make(aws_rig_account(&r), "p");
    call(&r, "ReceiveMessage", "{\"QueueUrl\":\"" URL "p\",\"WaitTimeSeconds\":1}");
    pocket_aws_held_free(r.answer.held);
    must(&r, "ReceiveMessage", "{\"QueueUrl\":\"" URL "p\",\"WaitTimeSeconds\":0}");
    assert_null(r.answer.held);
    aws_rig_stop(&r);
}

/* --- the query protocol --------------------------------------------------------------------- */

#define FORM(action, more) "Action=" action "&Version=2012-11-05" more
#define QUEUE_PATH "/111122223333/q"

static void says(struct aws_rig *r, int status, const char *text)
{
    assert_int_equal(r->answer.status, status);
    if (!aws_rig_says(r, text))
        fail_msg("no '%s' in %s", text, str_c(&r->answer.body));
}

static void test_query_protocol(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, NULL);
    aws_rig_form(&r, "sqs",
                 FORM("CreateQueue", "&QueueName=q&Attribute.1.Name=VisibilityTimeout"
                                     "&Attribute.1.Value=0"));
    says(&r, 200,
         "<CreateQueueResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">"
         "<CreateQueueResult><QueueUrl>" URL "q</QueueUrl></CreateQueueResult>");
    assert_non_null(strstr(str_c(&r.answer.headers), "text/xml"));
    aws_rig_form(&r, "sqs", FORM("ListQueues", "&QueueNamePrefix=q"));
    says(&r, 200, "<ListQueuesResult><QueueUrl>" URL "q</QueueUrl></ListQueuesResult>");
    aws_rig_path(&r, "sqs", QUEUE_PATH,
                 FORM("SendMessage", "&MessageBody=a%3Cb%0D%0A&MessageAttribute.1.Name=zone"
                                     "&MessageAttribute.1.Value.DataType=String"
                                     "&MessageAttribute.1.Value.StringValue=eu"));
    says(&r, 200,
         "<MD5OfMessageAttributes>af60dcf15ec992c2ea5589a36db213a4</MD5OfMessageAttributes>");
    aws_rig_path(&r, "sqs", QUEUE_PATH,
                 FORM("ReceiveMessage",
                      "&AttributeName.1=SenderId&AttributeName.2=ApproximateReceiveCount"
                      "&MessageAttributeName.1=All"));
    says(&r, 200, "<Body>a&lt;b&#13;\n</Body><Attribute><Name>SenderId</Name>");
    says(&r, 200, "<Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
    says(&r, 200,
         "<MessageAttribute><Name>zone</Name><Value><StringValue>eu</StringValue>"
         "<DataType>String</DataType></Value></MessageAttribute></Message>"
         "</ReceiveMessageResult>");
    aws_rig_path(&r, "sqs", QUEUE_PATH,
                 FORM("SendMessageBatch", "&SendMessageBatchRequestEntry.1.Id=x"
                                          "&SendMessageBatchRequestEntry.1.MessageBody=one"
                                          "&SendMessageBatchRequestEntry.2.Id=y"));
    says(&r, 200, "<SendMessageBatchResultEntry><Id>x</Id>");
    says(&r, 200, "<BatchResultErrorEntry><Id>y</Id><SenderFault>true</SenderFault>");
    aws_rig_form(&r, "sqs",
                 FORM("GetQueueAttributes", "&QueueUrl=http%3A%2F%2Felsewhere%2F111122223333%2Fq"
                                            "&AttributeName.1=ApproximateNumberOfMessages"));
    says(&r, 200,
         "<GetQueueAttributesResult><Attribute><Name>ApproximateNumberOfMessages</Name>"
         "<Value>2</Value></Attribute></GetQueueAttributesResult>");
    aws_rig_path(&r, "sqs", QUEUE_PATH, FORM("PurgeQueue", ""));
    says(&r, 200, "<PurgeQueueResponse xmlns=");
    aws_rig_path(&r, "sqs", "/111122223333/no", FORM("PurgeQueue", ""));
    says(&r, 400, "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>");
    aws_rig_form(&r, "sqs", FORM("PurgeQueue", ""));
    says(&r, 400, "<Code>MissingParameter</Code>");
    aws_rig_form(&r, "sqs", FORM("FlyQueue", ""));
    says(&r, 400, "<Code>InvalidAction</Code>");
    aws_rig_stop(&r);
}

static void test_denied(void **state)
{
    struct aws_rig r;
    aws_rig_start(&r, "deny=sqs:ReceiveMessage");
    sqs_make(aws_rig_account(&r), "q");
    must(&r, "GetQueueUrl", "{\"QueueName\":\"q\"}");
    refused(&r, "ReceiveMessage", "{" Q "}", "AccessDeniedException", "AccessDenied");
    aws_rig_form(&r, "sqs", FORM("ReceiveMessage", "&QueueUrl=/111122223333/q"));
    says(&r, 403, "<Code>AccessDenied</Code>");
    aws_rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queues),
        cmocka_unit_test(test_what_no_queue_takes),
        cmocka_unit_test(test_deleted_and_purged),
        cmocka_unit_test(test_visibility),
        cmocka_unit_test(test_delay_and_retention),
        cmocka_unit_test(test_dead_letters),
        cmocka_unit_test(test_dead_letters_of_its_own),
        cmocka_unit_test(test_message_attributes),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_waits_for_a_message),
        cmocka_unit_test(test_query_protocol),
        cmocka_unit_test(test_denied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
