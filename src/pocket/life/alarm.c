/* What has to be looked at again though nothing happens to it: a heap by time. */
#include "pocket/life/internal.h"

static bool is_before(const struct life_alarms *a, size_t x, size_t y)
{
    return a->heap.items[x].at < a->heap.items[y].at;
}

static void swap(struct life_alarms *a, size_t x, size_t y)
{
    struct life_alarm t = a->heap.items[x];
    a->heap.items[x] = a->heap.items[y];
    a->heap.items[y] = t;
}

static void push(struct life_alarms *a, const struct life_alarm *alarm)
{
    must_push(&a->heap, *alarm);
    for (size_t i = a->heap.len - 1; i && is_before(a, i, (i - 1) / 2); i = (i - 1) / 2)
        swap(a, i, (i - 1) / 2);
}

static struct life_alarm pop(struct life_alarms *a)
{
    struct life_alarm first = a->heap.items[0];
    a->heap.items[0] = a->heap.items[--a->heap.len];
    for (size_t i = 0, child; (child = 2 * i + 1) < a->heap.len; i = child) {
        child += child + 1 < a->heap.len && is_before(a, child + 1, child);
        if (!is_before(a, child, i))
            break;
        swap(a, i, child);
    }
    return first;
}

static int64_t *due_of(struct life_alarms *a, enum life_alarm_kind kind, uint32_t index)
{
    while (a->due[kind].len <= index)
        must_push(&a->due[kind], 0);
    return &a->due[kind].items[index];
}

void life_alarm(struct pocket_life *l, enum life_alarm_kind kind, uint32_t index, int64_t at_ms)
{
    int64_t now = sim_now(l->sim), at = at_ms > now ? at_ms : now + 1;
    int64_t *due = due_of(&l->alarms, kind, index);
    if (*due && *due <= at)
        return;
    *due = at;
    push(&l->alarms, &(struct life_alarm){at, kind, index});
}

int64_t life_next_alarm(const struct pocket_life *l)
{
    return l->alarms.heap.len ? l->alarms.heap.items[0].at : INT64_MAX;
}

static void ring(struct pocket_life *l, const struct life_alarm *alarm)
{
    if (alarm->kind == ALARM_SCALER) {
        life_mark(&l->scaler_marks, alarm->index);
        return;
    }
    life_mark(&l->workloads, alarm->index);
    life_mark(&l->workloads, l->w->workloads.items[alarm->index].owner);
}

void life_ring(struct pocket_life *l)
{
    while (life_next_alarm(l) <= sim_now(l->sim)) {
        struct life_alarm alarm = pop(&l->alarms);
        int64_t *due = due_of(&l->alarms, alarm.kind, alarm.index);
        if (*due != alarm.at)
            continue;
        *due = 0;
        ring(l, &alarm);
    }
}

void life_alarms_release(struct life_alarms *a)
{
    vec_release(&a->heap);
    for (unsigned i = 0; i < ALARM_KINDS; i++)
        vec_release(&a->due[i]);
}
