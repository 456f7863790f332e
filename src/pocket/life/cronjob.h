/* cronjob: what the two files of the CronJob controller share: one look at one CronJob. */
#ifndef TOBAN_POCKET_LIFE_CRONJOB_H
#define TOBAN_POCKET_LIFE_CRONJOB_H

#include "pocket/life/internal.h"

/* One of its Jobs; texts are scratch memory. */
struct cron_run {
    uint32_t job; /* workload */
    enum life_job_state state;
    struct sv uid, version, completed;
    int64_t started; /* Unix seconds; 0: not yet */
    bool ours;       /* in status.active: somebody else may have made it by hand */
    bool removed;
};

struct cron_state {
    uint32_t at; /* workload */
    struct life_about about;
    struct sv json;              /* the CronJob; a copy in scratch memory */
    struct sv active, succeeded; /* status.active, .lastSuccessfulTime */
    int64_t last;                /* .lastScheduleTime; 0: none */
    VEC(struct cron_run) runs;
};

/* Jobs of its own that have not ended. */
size_t cron_active(const struct cron_state *c);
void cron_replace_active(struct pocket_life *l, struct cron_state *c);
/* A Job that was just made. */
void cron_add_run(struct pocket_life *l, struct cron_state *c, uint32_t job);

/* ---- cronjob_start.c ---- */

/* Makes the Job that is due, and sees to it that this is looked at when the next one is. */
void cron_start(struct pocket_life *l, struct cron_state *c);

#endif
