#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "cmd/sim_dir.h"
#include "cmd/sim_example.h"
#include "cmd/sim_world.h"

#include <errno.h>

#define SPEED_MAX 100000

struct sim_run {
    struct cmd_ctx *ctx;
    struct sim_world begins;
    struct faults faults;
    struct front *front;
    struct interrupt interrupt;
    struct sim_dir dir;
    char version[16];
};

static void run_release(struct sim_run *r)
{
    interrupt_stop(&r->interrupt);
    front_free(r->front);
    sim_dir_release(&r->dir);
    sim_world_release(&r->begins);
}

/* ---- options ---- */

static int read_faults(struct sim_run *r, struct err *err)
{
    const char *text;
    for (size_t i = 0; (text = cmd_value_at(r->ctx, "fault", i)); i++)
        if (faults_parse(&r->faults, sv_of(text), err) < 0)
            return err_hint(err, "run 'toban sim --help'");
    return 0;
}

static int read_number(struct sim_run *r, const char *option, uint64_t least, uint64_t most,
                       uint64_t *out, struct err *err)
{
    const char *text = cmd_value(r->ctx, option);
    if (!sv_to_u64(sv_of(text), out) || *out < least || *out > most)
        return cmd_usage(r->ctx, err, "--%s %s: a whole number from %llu to %llu is expected",
                         option, text, (unsigned long long)least, (unsigned long long)most);
    return 0;
}

/* What --version says, else the world's, else the newest this toban knows best. */
static void choose_version(struct sim_run *r)
{
    struct version v = cmd_version_of(r->ctx, "version");
    char text[VERSION_TEXT_MAX];
    if (!v.set)
        v = r->begins.world.version;
    snprintf(r->version, sizeof r->version, "%s", v.set ? version_format(v, false, text) : "1.31");
}

/* ---- running ---- */

static int enter_objects(void *ctx, struct front *front, struct err *err)
{
    struct sim_run *r = ctx;
    return sim_world_enter(r->ctx, &r->begins, front, err);
}

static int start(struct sim_run *r, struct err *err)
{
    uint64_t speed, seed;
    if (read_number(r, "speed", 1, SPEED_MAX, &speed, err) < 0 ||
        read_number(r, "seed", 0, UINT64_MAX, &seed, err) < 0 || read_faults(r, err) < 0 ||
        sim_world_read(r->ctx, &r->begins, err) < 0)
        return -1;
    choose_version(r);
    faults_seed(&r->faults, seed);
    const struct front_options options = {
        .listen = cmd_value(r->ctx, "listen"),
        .cluster = r->begins.name,
        .region = r->begins.region,
        .account = r->begins.account,
        .version = r->version,
        .speed = (double)speed,
        .seed = seed,
        .world = &r->begins.world,
        .cloud = &r->begins.cloud,
        .faults = &r->faults,
        .enter = enter_objects,
        .enter_ctx = r,
    };
    return front_new(&options, &r->front, err);
}

static void on_signal(void *ctx)
{
    front_stop(((struct sim_run *)ctx)->front);
}

static int announce(struct sim_run *r, struct err *err)
{
    const struct front_access *access = front_access_of(r->front);
    _cleanup_str_ struct str env = {0};
    char path[PATH_MAX + 16];
    if (sim_dir_make(&r->dir, cmd_value(r->ctx, "dir"), err) < 0 ||
        front_write(access, r->dir.path, err) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/kubeconfig", r->dir.path);
    front_environment(access, path, &env);
    cmd_say(r->ctx, "Kubernetes %s at %s; %u nodes, %u pods; Ctrl-C ends it", r->version,
            access->server, r->begins.world.live_nodes, r->begins.world.live_pods);
    if (access->aws)
        cmd_say(r->ctx, "AWS account %s, %s at %s", r->begins.account, access->region, access->aws);
    for (size_t i = 0; i < access->port_count; i++)
        cmd_say(r->ctx, "load balancer of %s at %s", access->ports[i].name, access->ports[i].url);
    cmd_say(r->ctx, "in another shell: . %s/env", r->dir.path);
    fwrite(str_c(&env), 1, env.len, r->ctx->out);
    return fflush(r->ctx->out) == 0 ? 0 : err_sys(err, errno, "cannot write to standard output");
}

static int run_sim(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct sim_run r = {.ctx = ctx};
    if (start(&r, err) < 0)
        return -1;
    r.interrupt.asked = on_signal;
    r.interrupt.ctx = &r;
    if (interrupt_start(&r.interrupt, err) < 0 || announce(&r, err) < 0)
        return -1;
    return front_run(r.front, err) < 0 ? -1 : CMD_OK;
}

static const char *const synopsis[] = {
    "[--example NAME | --world FILE...] [--listen ADDRESS] [--speed N] [--fault LIST]...",
    NULL,
};
static const char *const about[] = {
    "Serves an EKS cluster that exists in memory only: the Kubernetes API for kubectl, helm and "
    "client libraries, the AWS endpoints for awscli and the SDKs, and an HTTP port for each load "
    "balancer. A simulator stands behind it: deployments get pods, pods are scheduled and become "
    "ready, budgets hold evictions up, machines join and go, targets are healthy or not, and "
    "everything takes its time. See docs/sim.md.",
    "The cluster begins as `--world` says (a snapshot of `toban snapshot`, or dumps of `kubectl "
    "get -o json` and awscli), or as `--example` does, else empty. Objects of dumps are served as "
    "they are written there; what a snapshot does not hold of them is made up. Nothing of it is "
    "kept when it ends.",
    "It prints the variables to set, writes them with a kubeconfig into a folder, and serves until "
    "Ctrl-C or SIGTERM. The certificate is signed by an authority that is made at each start; its "
    "token, which is in the kubeconfig, may do everything. It is meant for one's own machine: "
    "listen elsewhere only where nobody may do harm.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "dir",
     .takes = CMD_TAKES_FOLDER,
     .arg = "DIR",
     .help = "write `kubeconfig` and `env` into DIR and leave them there; else into a new folder "
             "under `$TMPDIR`, which is taken away at the end"},
    {.name = "example",
     .takes = CMD_TAKES_WORD,
     .arg = "NAME",
     .words = sim_example_names,
     .group = 1,
     .help = "begin with a cluster that toban brings along: a game platform of 24 nodes, whose old "
             "node group can be replaced, or not yet (`-blocked`)"},
    {.name = "fault",
     .takes = CMD_TAKES_TEXT,
     .arg = "LIST",
     .repeatable = true,
     .help =
         "do this wrong, parted by commas: `api-5xx=SHARE` of the requests to Kubernetes fail, "
         "`watch-cut=TIME` ends watches that are so old, `throttle=SHARE` of the requests to "
         "AWS are throttled, `deny=ACTION` refuses an IAM action (`eks:DeleteNodegroup`, "
         "`ec2:*`), `expire=TIME` ends the life of the keys in use, `quota=CODE:N` is a quota, "
         "`join-fail=N` machines never join, `spot-interrupt=N` (or `N:TIME`) Spot machines are "
         "taken away (the first is warned of then), `stuck-detach=VOLUME` (or `VOLUME:TIME`) is "
         "not "
         "detached by AWS (not before so long)"},
    {.name = "listen",
     .takes = CMD_TAKES_TEXT,
     .arg = "ADDRESS",
     .fallback = "127.0.0.1:0",
     .help = "serve Kubernetes at HOST:PORT; port 0 takes a free one"},
    {.name = "name",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .help = "name of the cluster; else that of its node groups, else `pocket`"},
    {.name = "region",
     .takes = CMD_TAKES_TEXT,
     .arg = "REGION",
     .help = "be in this region of AWS; else in that of the nodes, else in us-east-1"},
    {.name = "seed",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .fallback = "1",
     .help = "begin chance with N: equal numbers give equal names and faults"},
    {.name = "speed",
     .takes = CMD_TAKES_TEXT,
     .arg = "N",
     .fallback = "1",
     .help = "let N seconds pass in the cluster in each second"},
    {.name = "version",
     .takes = CMD_TAKES_VERSION,
     .arg = "VERSION",
     .help = "be this version of Kubernetes; else the world's, else 1.31"},
    {.name = "world",
     .letter = 'w',
     .takes = CMD_TAKES_PATH,
     .arg = "FILE",
     .repeatable = true,
     .group = 1,
     .help = "begin with this snapshot, or with these dumps and folders of them"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban sim --example game-platform --speed 60", "a cluster to try things on, in which an hour "
                                                     "is a minute"},
    {"toban sim --world prod.snap", "a copy of a cluster"},
    {"toban sim --dir /tmp/sim", "then, in another shell: `. /tmp/sim/env; kubectl get nodes`"},
    {"toban sim --fault api-5xx=0.05,watch-cut=30s,throttle=0.2", "see how a controller bears "
                                                                  "trouble"},
    {0},
};
static const struct cmd_pair variables[] = {
    {"TMPDIR", "where the folder is made when there is no `--dir`"},
    {0},
};

const struct cmd cmd_sim = {
    .name = "sim",
    .summary = "serve a simulated EKS cluster that tools can talk to",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .examples = examples,
    .variables = variables,
    .run = run_sim,
};
