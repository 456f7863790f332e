/* Names, addresses, identities and times of the made-up world: functions of numbers only. */
#include "world/gen.h"

#include "base/date.h"

static const char *const teams[] = {
    "matchmaking", "leaderboard", "chat",    "payments", "accounts", "inventory", "guilds",
    "telemetry",   "anticheat",   "store",   "lobby",    "replays",  "ranking",   "friends",
    "mail",        "tournament",  "content", "voice",    "ads",      "analytics",
};
static const char *const stages[] = {"prod", "stg", "load"};

const struct gen_priority gen_priorities[GEN_PRIORITIES] = {
    {"system-node-critical", 2000001000, "PreemptLowerPriority", false},
    {"system-cluster-critical", 2000000000, "PreemptLowerPriority", false},
    {"normal", 0, "PreemptLowerPriority", true},
    {"player-facing", 100000, "PreemptLowerPriority", false},
    {"batch", -100, "Never", false},
};

uint64_t gen_hash(uint64_t a, uint64_t b)
{
    uint64_t x = a * 0x9E3779B97F4A7C15u + b + 0x632BE59BD9B4E019u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static uint64_t text_hash(const char *s)
{
    uint64_t h = 0;
    for (; *s; s++)
        h = h * 131 + (unsigned char)*s;
    return h;
}

#define SUFFIXES 14348907ull /* 27 to the power of 5 */

/* The letters that the API server takes for random names: no vowels, no look-alikes. */
static void random_name(uint64_t h, char *out, unsigned n)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    for (unsigned i = 0; i < n; i++, h /= 27)
        out[i] = letters[h % 27];
    out[n] = 0;
}

const char *gen_namespace(unsigned id, char buf[static GEN_NAME_MAX])
{
    unsigned team = id % ARRAY_LEN(teams), rest = id / ARRAY_LEN(teams);
    unsigned stage = rest % ARRAY_LEN(stages), more = rest / ARRAY_LEN(stages);
    if (id == GEN_KUBE_SYSTEM)
        snprintf(buf, GEN_NAME_MAX, "kube-system");
    else if (more)
        snprintf(buf, GEN_NAME_MAX, "%s-%u-%s", teams[team], more + 1, stages[stage]);
    else
        snprintf(buf, GEN_NAME_MAX, "%s-%s", teams[team], stages[stage]);
    return buf;
}

const char *gen_zone(unsigned zone)
{
    static const char *const names[GEN_ZONES] = {"ap-northeast-1a", "ap-northeast-1c",
                                                 "ap-northeast-1d"};
    return names[zone];
}

const char *gen_node_ip(unsigned node, char buf[static GEN_NAME_MAX])
{
    unsigned n = node + 10;
    snprintf(buf, GEN_NAME_MAX, "10.%u.%u.%u", 64 + (n >> 16), (n >> 8) & 255, n & 255);
    return buf;
}

const char *gen_node_name(unsigned node, char buf[static GEN_NAME_MAX])
{
    unsigned n = node + 10;
    snprintf(buf, GEN_NAME_MAX, "ip-10-%u-%u-%u.ap-northeast-1.compute.internal", 64 + (n >> 16),
             (n >> 8) & 255, n & 255);
    return buf;
}

const char *gen_pod_ip(size_t pod, char buf[static GEN_NAME_MAX])
{
    unsigned n = (unsigned)pod + 10;
    snprintf(buf, GEN_NAME_MAX, "10.%u.%u.%u", 128 + (n >> 16), (n >> 8) & 255, n & 255);
    return buf;
}

const char *gen_template_hash(const struct gen_workload *l, unsigned number, char buf[static 16])
{
    random_name(gen_hash(l->id, 1000 + number), buf, 10);
    return buf;
}

const char *gen_child_name(const struct gen_workload *l, unsigned number,
                           char buf[static GEN_NAME_MAX * 2])
{
    char hash[16];
    if (l->kind == GEN_JOB)
        snprintf(buf, GEN_NAME_MAX * 2, "%s-%u", l->name, (unsigned)(GEN_NOW / 60 - number * 30));
    else
        snprintf(buf, GEN_NAME_MAX * 2, "%s-%s", l->name, gen_template_hash(l, number, hash));
    return buf;
}

const char *gen_pod_name(const struct gen_workload *l, const struct gen_pod *p,
                         char buf[static GEN_NAME_MAX * 2])
{
    char child[GEN_NAME_MAX * 2], random[8];
    /* Looks as random as the others, but no two of a workload are equal: 7368787 is prime to 27. */
    random_name(gen_hash(l->id, 1) % SUFFIXES + p->ordinal * 7368787ull, random, 5);
    if (l->kind == GEN_STATEFUL_SET)
        snprintf(buf, GEN_NAME_MAX * 2, "%s-%u", l->name, p->ordinal);
    else if (l->kind == GEN_DAEMON_SET)
        snprintf(buf, GEN_NAME_MAX * 2, "%s-%s", l->name, random);
    else
        snprintf(buf, GEN_NAME_MAX * 2, "%.100s-%s",
                 gen_child_name(l, l->kind == GEN_JOB ? p->ordinal : 0, child), random);
    return buf;
}

const char *gen_token_volume(const struct gen_workload *l, const struct gen_pod *p,
                             char buf[static 32])
{
    char random[8];
    random_name(gen_hash(l->id + 77, p->ordinal), random, 5);
    snprintf(buf, 32, "kube-api-access-%s", random);
    return buf;
}

const char *gen_uid(const char *what, uint64_t id, uint64_t number, char buf[static GEN_UID_MAX])
{
    uint64_t a = gen_hash(text_hash(what) + id, number), b = gen_hash(a, id);
    snprintf(buf, GEN_UID_MAX, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
             0x8000 | ((unsigned)(b >> 48) & 0x3fff), (unsigned long long)b & 0xffffffffffffu);
    return buf;
}

const char *gen_time(long unix_s, char buf[static GEN_TIME_MAX])
{
    char day[DATE_TEXT_MAX];
    unsigned s = (unsigned)(unix_s % 86400);
    snprintf(buf, GEN_TIME_MAX, "%.10sT%02u:%02u:%02uZ",
             date_format((date_days)(unix_s / 86400), day), s / 3600, s / 60 % 60, s % 60);
    return buf;
}

long gen_created(const struct gen_workload *l)
{
    return GEN_NOW - 86400L * 60 - (long)(gen_hash(l->id, 7) % (86400 * 400));
}

long gen_rolled_out(const struct gen_workload *l)
{
    return GEN_NOW - 3600 - (long)(gen_hash(l->id, 8) % (86400 * 40));
}

long gen_node_created(const struct gen_node *n)
{
    return GEN_NOW - 86400L * 41 - (long)(gen_hash(n->id, 9) % (86400 * 20));
}

const char *gen_volume_handle(size_t pod, char buf[static GEN_NAME_MAX])
{
    snprintf(buf, GEN_NAME_MAX, "vol-0%016llx", (unsigned long long)gen_hash(pod, 99));
    return buf;
}

const char *gen_image(const struct gen_workload *l, char buf[static GEN_NAME_MAX * 2])
{
    snprintf(buf, GEN_NAME_MAX * 2, "registry.example/games/%s:1.%u.%u", l->name, l->id % 40,
             (unsigned)(gen_hash(l->id, 3) % 30));
    return buf;
}

unsigned long gen_image_bytes(const struct gen_workload *l)
{
    return (40 + gen_hash(l->id, 4) % 600) * 1000003ul;
}
