#include "pocket/aws/queue.h"

#include "base/base64.h"
#include "base/must.h"

#include <stdio.h>

/* --- life ---------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    return text ? mem_must(strdup(text)) : NULL;
}

static void message_free(struct queue_message *m)
{
    for (uint32_t i = 0; i < m->attribute_count; i++) {
        free((char *)m->attributes[i].name);
        free((char *)m->attributes[i].type);
        free((char *)m->attributes[i].text);
        free((char *)m->attributes[i].bytes);
    }
    free(m->attributes);
    free(m->id);
    free(m->body);
    free(m->sender);
    free(m);
}

struct queue *queue_new(const char *name, uint64_t serial, int64_t now_ms)
{
    struct queue *q = mem_must(calloc(1, sizeof *q));
    *q = (struct queue){
        .name = copy(name),
        .serial = serial,
        .created_ms = now_ms,
        .changed_ms = now_ms,
        .purged_ms = INT64_MIN,
        .deleted_ms = -1,
        .visibility_s = 30,
        .retention_s = (int64_t)4 * 86400,
        .size_max = 1 << 20,
    };
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    queue_purge(q);
    vec_release(&q->messages);
    free(q->name);
    free(q);
}

/* --- messages come and go ------------------------------------------------------------------ */

static void copy_attributes(struct queue_message *m, const struct queue_attributes *from)
{
    if (!from || !from->list.count)
        return;
    m->attributes = mem_must(calloc(from->list.count, sizeof *m->attributes));
    shape_each(a, &from->list)
        m->attributes[m->attribute_count++] =
            (struct queue_attribute){copy(a->name), copy(a->type), copy(a->text), copy(a->bytes)};
}

void queue_send(struct queue *q, const struct queue_sent *s, int64_t now_ms)
{
    struct queue_message *m = mem_must(calloc(1, sizeof *m));
    *m = (struct queue_message){
        .serial = ++q->next_serial,
        .id = copy(s->id),
        .body = copy(s->body),
        .sender = copy(s->sender),
        .sent_ms = now_ms,
        .visible_ms = now_ms + (s->delay_s < 0 ? q->delay_s : s->delay_s) * 1000,
    };
    copy_attributes(m, s->attributes);
    must_push(&q->messages, m);
}

static void take_out(struct queue *q, size_t at)
{
    q->messages.len--;
    memmove(q->messages.items + at, q->messages.items + at + 1,
            (q->messages.len - at) * sizeof *q->messages.items);
}

void queue_delete(struct queue *q, struct queue_message *m)
{
    for (size_t i = 0; i < q->messages.len; i++) {
        if (q->messages.items[i] != m)
            continue;
        take_out(q, i);
        message_free(m);
        return;
    }
}

void queue_purge(struct queue *q)
{
    vec_foreach(m, &q->messages)
        message_free(*m);
    q->messages.len = 0;
}

static void drop_old(struct queue *q, int64_t now_ms)
{
    size_t kept = 0;
    vec_foreach(m, &q->messages) {
        if ((*m)->sent_ms + q->retention_s * 1000 > now_ms)
            q->messages.items[kept++] = *m;
        else
            message_free(*m);
    }
    q->messages.len = kept;
}

/* --- receiving ----------------------------------------------------------------------------- */

/* A queue that is its own dead-letter queue has nowhere to put it. */
static bool is_dead(const struct queue *q, const struct queue_message *m)
{
    return q->dead && q->dead != q && q->dead->deleted_ms < 0 &&
           m->received >= (uint64_t)q->receive_max;
}

/* It keeps when it was sent, and how often it was received. */
static void bury(struct queue *q, size_t at, int64_t now_ms)
{
    struct queue_message *m = q->messages.items[at];
    take_out(q, at);
    m->serial = ++q->dead->next_serial;
    m->visible_ms = now_ms;
    must_push(&q->dead->messages, m);
}

unsigned queue_receive(struct queue *q, int64_t visibility_s, int64_t now_ms, unsigned most,
                       struct queue_message **out)
{
    unsigned count = 0;
    drop_old(q, now_ms);
    for (size_t i = 0; i < q->messages.len && count < most;) {
        struct queue_message *m = q->messages.items[i];
        bool visible = m->visible_ms <= now_ms;
        if (visible && is_dead(q, m)) {
            bury(q, i, now_ms);
            continue;
        }
        i++;
        if (!visible)
            continue;
        m->first_ms = m->received ? m->first_ms : now_ms;
        m->received++;
        m->visible_ms = now_ms + visibility_s * 1000;
        out[count++] = m;
    }
    return count;
}

bool queue_in_flight(const struct queue_message *m, int64_t now_ms)
{
    return m->received && m->visible_ms > now_ms;
}

struct queue_count queue_count(struct queue *q, int64_t now_ms)
{
    struct queue_count n = {0};
    drop_old(q, now_ms);
    vec_foreach(m, &q->messages) {
        if ((*m)->visible_ms <= now_ms)
            n.visible++;
        else if ((*m)->received)
            n.in_flight++;
        else
            n.delayed++;
    }
    return n;
}

/* --- receipts ------------------------------------------------------------------------------ */

void queue_receipt(const struct queue *q, const struct queue_message *m,
                   char out[static QUEUE_RECEIPT_MAX])
{
    _cleanup_str_ struct str text = {0}, coded = {0};
    str_addf(&text, "queue %llu message %llu time %u", (unsigned long long)q->serial,
             (unsigned long long)m->serial, m->received);
    base64_encode(str_sv(&text), &coded);
    snprintf(out, QUEUE_RECEIPT_MAX, "%s", str_c(&coded));
}

static bool take_number(struct sv *text, const char *word, uint64_t *out)
{
    return sv_is(sv_split(text, ' '), word) && sv_to_u64(sv_split(text, ' '), out);
}

bool queue_find(struct queue *q, const char *receipt, struct queue_message **out)
{
    char bytes[QUEUE_RECEIPT_MAX];
    size_t len = 0;
    uint64_t queue, message, times;
    struct sv coded = sv_of(receipt);
    *out = NULL;
    if (base64_room(coded) > sizeof bytes || !base64_decode(coded, bytes, &len))
        return false;
    struct sv text = sv_n(bytes, len);
    if (!take_number(&text, "queue", &queue) || !take_number(&text, "message", &message) ||
        !take_number(&text, "time", &times) || text.ptr || queue != q->serial ||
        message > q->next_serial)
        return false;
    vec_foreach(m, &q->messages)
        if ((*m)->serial == message)
            *out = *m;
    return true;
}

/* --- attributes ---------------------------------------------------------------------------- */

/* Length in four bytes, greatest first, and the bytes. */
static void add_part(struct str *out, struct sv part)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        str_addc(out, (char)(unsigned char)(part.len >> shift));
    str_addv(out, part);
}

static struct sv value_of(const struct queue_attribute *a, struct str *room)
{
    size_t len = 0;
    if (a->text)
        return sv_of(a->text);
    struct sv coded = sv_of(a->bytes ? a->bytes : "");
    char *to = mem_must(str_room(room, base64_room(coded)));
    return base64_decode(coded, to, &len) ? sv_n(to, len) : SV("");
}

static int by_name(const void *a, const void *b)
{
    const struct queue_attribute *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

bool queue_attributes_md5(const struct queue_attribute *list, size_t count,
                          char out[static SQS_MD5_MAX])
{
    _cleanup_str_ struct str bytes = {0};
    if (!count)
        return false;
    const struct queue_attribute **sorted = mem_must(calloc(count, sizeof *sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &list[i];
    qsort(sorted, count, sizeof *sorted, by_name);
    for (size_t i = 0; i < count; i++) {
        _cleanup_str_ struct str room = {0};
        add_part(&bytes, sv_of(sorted[i]->name));
        add_part(&bytes, sv_of(sorted[i]->type));
        str_addc(&bytes, sorted[i]->text ? 1 : 2);
        add_part(&bytes, value_of(sorted[i], &room));
    }
    free(sorted);
    return sqs_md5(str_sv(&bytes), out);
}

size_t queue_attributes_size(const struct queue_attribute *list, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        _cleanup_str_ struct str room = {0};
        n += strlen(list[i].name) + strlen(list[i].type) + value_of(&list[i], &room).len;
    }
    return n;
}
