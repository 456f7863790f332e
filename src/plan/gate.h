/*
 * gate: what must be true before a plan goes on: somebody agrees, time has passed, it is the right
 * time of the day, a metric is good, another system says yes. Pure: the runner makes observations,
 * this decides. Which systems are asked, and how, is ops/gates.
 */
#ifndef TOBAN_PLAN_GATE_H
#define TOBAN_PLAN_GATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/doc.h"

#include <stdint.h>

enum gate_kind { GATE_APPROVAL, GATE_SOAK, GATE_WINDOW, GATE_METRIC, GATE_WEBHOOK, GATE_KINDS };
extern const char *const gate_kind_names[GATE_KINDS];

enum gate_compare { GATE_BELOW, GATE_AT_MOST, GATE_ABOVE, GATE_AT_LEAST };

/* Zeroed but for kind: the weakest gate. Written on the command line as
 *   approval | soak:10m | window:22:00-04:00[,mon-fri] (UTC)
 *   metric:prometheus=URL,query=…,below=0.01[,for=5m][,every=30s][,timeout=1h]
 *   metric:cloudwatch=REGION,namespace=…,metric=…,stat=…[,dimension=NAME:VALUE…][,period=1m]
 *     [,missing=0],below=…
 *   webhook:URL[,every=30s][,timeout=1h]
 * below may be at-most, above or at-least as well. A comma between brackets or quotes (PromQL) does
 * not end a value. */
struct gate {
    enum gate_kind kind;
    int64_t soak_ms;
    int from_min, to_min; /* of the day, UTC; from > to: over midnight; equal: all day */
    unsigned days; /* bit 0 Monday … bit 6 Sunday, of the day on which the window opens; 0: all */
    const char *source; /* "prometheus", "cloudwatch"; webhook: NULL */
    const char *url;    /* prometheus, webhook; cloudwatch: region */
    const char *query;  /* prometheus: PromQL; cloudwatch: JSON {namespace, metric, stat, period_s,
                           missing, dimensions: {name: value}} */
    enum gate_compare compare;
    double threshold;
    int64_t for_ms;     /* the metric must be good for so long without a break */
    int64_t every_ms;   /* between observations; 0: 30 s */
    int64_t timeout_ms; /* not open after so long: the gate fails; 0: never */
};

/* "metric:…" and the like, into a. -1 with a usage error that shows a right one. */
int gate_parse(const char *text, struct arena *a, struct gate *out, struct err *err);
/* A sentence: "Prometheus: rate(…) below 0.01 for 5 min". Appended. Of addresses only scheme, host
 * and port. */
void gate_describe(const struct gate *g, struct str *out);
/* Appends scheme, host and port of an address. */
void gate_origin(const char *url, struct str *out);

#define GATE_SAID_MAX 256

/* What was seen so far; survives the runner. */
struct gate_memory {
    int64_t reached_ms; /* the plan came to this gate; 0: not yet */
    int64_t seen_ms;    /* last observation */
    int64_t good_ms;    /* good since; 0: is not */
    double value;       /* last one */
    bool has_value;
    unsigned failures;        /* observations in a row that could not be made */
    char said[GATE_SAID_MAX]; /* words of the last look */
    const char *approved_by;  /* approval */
    int64_t approved_ms;
};

/* One look at the outside. */
struct gate_sight {
    bool ok;                   /* could be made */
    bool allows;               /* webhook: it said yes */
    double value;              /* metric; NaN: there is no such series */
    char words[GATE_SAID_MAX]; /* of the other side, or why it could not be made */
};

enum gate_say {
    GATE_OPEN,
    GATE_WAIT,    /* until *wake_ms, or until somebody approves */
    GATE_OBSERVE, /* look outside now, then gate_saw */
    GATE_FAILED,  /* timed out */
};

/* now_ms: since 1970. Sets reached_ms at the first call. words (cap bytes) says why, for people.
 * *wake_ms is INT64_MAX where only a person can help. A metric or webhook opens a gate only as long
 * as its last observation is not older than every_ms, and observations further apart than three
 * times that are a break: what nobody looked at was not good. */
enum gate_say gate_decide(const struct gate *g, struct gate_memory *m, int64_t now_ms,
                          int64_t *wake_ms, char *words, size_t cap);
void gate_saw(const struct gate *g, struct gate_memory *m, const struct gate_sight *sight,
              int64_t now_ms);

#endif
