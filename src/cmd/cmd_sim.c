#include "cmd/cmd.h"
#include "cmd/interrupt.h"
#include "ops/snapshot/snapshot.h"
#include "pocket/front/front.h"

#include <dirent.h>
#include <errno.h>

#define SPEED_MAX 100000

struct sim_run {
    struct cmd_ctx *ctx;
    struct world world;
    struct cloud cloud;
    struct faults faults;
    struct front *front;
    struct interrupt interrupt;
    char dir[512];
    char version[16];
    bool own_dir; /* made by us, and taken away at the end */
};

/* Two files and their folder; anything else in it is somebody's. */
static void remove_dir(const char *dir)
{
    static const char *const files[] = {"kubeconfig", "env"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void run_release(struct sim_run *r)
{
    interrupt_stop(&r->interrupt);
    front_free(r->front);
    if (r->own_dir)
        remove_dir(r->dir);
    cloud_release(&r->cloud);
    world_release(&r->world);
}

/* ---- options ---- */

static int read_world(struct sim_run *r, struct err *err)
{
    _cleanup_free_ const char **paths = cmd_values(r->ctx, "world");
    _cleanup_snapshot_report_ struct snapshot_report report = {0};
    if (!paths)
        return err_nomem(err, "listing the files");
    size_t n = 0;
    while (paths[n])
        n++;
    if (n == 0)
        return 0;
    struct snapshot_input in = {.paths = paths, .path_count = n, .now = r->ctx->now};
    return snapshot_open(&r->world, &r->cloud, &in, &report, err);
}

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
        v = r->world.version;
    snprintf(r->version, sizeof r->version, "%s", v.set ? version_format(v, false, text) : "1.31");
}

/* ---- running ---- */

static int choose_dir(struct sim_run *r, struct err *err)
{
    const char *given = cmd_value(r->ctx, "dir"), *tmp = getenv("TMPDIR");
    int n = given ? snprintf(r->dir, sizeof r->dir, "%s", given)
                  : snprintf(r->dir, sizeof r->dir, "%s/toban-sim-XXXXXX", tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof r->dir)
        return err_set(err, ERR_USAGE, "the name of the folder is longer than %zu bytes",
                       sizeof r->dir - 1);
    if (given)
        return 0;
    if (!mkdtemp(r->dir))
        return err_sys(err, errno, "cannot make the folder %s", r->dir);
    r->own_dir = true;
    return 0;
}

static int start(struct sim_run *r, struct err *err)
{
    uint64_t speed, seed;
    if (read_number(r, "speed", 1, SPEED_MAX, &speed, err) < 0 ||
        read_number(r, "seed", 0, UINT64_MAX, &seed, err) < 0 || read_faults(r, err) < 0 ||
        read_world(r, err) < 0)
        return -1;
    choose_version(r);
    faults_seed(&r->faults, seed);
    const struct front_options options = {
        .listen = cmd_value(r->ctx, "listen"),
        .cluster = cmd_value(r->ctx, "name"),
        .version = r->version,
        .speed = (double)speed,
        .seed = seed,
        .world = &r->world,
        .cloud = &r->cloud,
        .faults = &r->faults,
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
    char path[600];
    if (choose_dir(r, err) < 0 || front_write(access, r->dir, err) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/kubeconfig", r->dir);
    front_environment(access, path, &env);
    cmd_say(r->ctx, "Kubernetes %s at %s; %u nodes, %u pods; Ctrl-C ends it", r->version,
            access->server, r->world.live_nodes, r->world.live_pods);
    cmd_say(r->ctx, "in another shell: . %s/env", r->dir);
    fwrite(str_c(&env), 1, env.len, r->ctx->out);
    return fflush(r->ctx->out) == 0 ? 0 : err_sys(err, errno, "cannot write to standard output");
}

static int run_sim(struct cmd_ctx *ctx, struct err *err)
{
    _cleanup_(run_release) struct sim_run r = {.ctx = ctx};
    world_init(&r.world);
    cloud_init(&r.cloud);
    if (start(&r, err) < 0)
        return -1;
    r.interrupt.asked = on_signal;
    r.interrupt.ctx = &r;
    if (interrupt_start(&r.interrupt, err) < 0 || announce(&r, err) < 0)
        return -1;
    return front_run(r.front, err) < 0 ? -1 : CMD_OK;
}

static const char *const synopsis[] = {
    "[--world FILE]... [--listen ADDRESS] [--speed N] [--fault LIST]...",
    NULL,
};
static const char *const about[] = {
    "Serves a Kubernetes cluster that exists in memory only: kubectl, helm, client libraries and "
    "toban itself talk to it as to a real one. A simulator stands behind it: deployments get pods, "
    "pods are scheduled and become ready, budgets hold evictions up, machines take their time.",
    "The cluster begins as `--world` says (a snapshot of `toban snapshot`, or dumps of `kubectl "
    "get -o json`), else empty. Nothing of it is kept when it ends.",
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
    {.name = "fault",
     .takes = CMD_TAKES_TEXT,
     .arg = "LIST",
     .repeatable = true,
     .help = "do this wrong, parted by commas: `api-5xx=SHARE` of the requests fail, "
             "`watch-cut=TIME` ends watches that are so old"},
    {.name = "listen",
     .takes = CMD_TAKES_TEXT,
     .arg = "ADDRESS",
     .fallback = "127.0.0.1:0",
     .help = "serve Kubernetes at HOST:PORT; port 0 takes a free one"},
    {.name = "name",
     .takes = CMD_TAKES_TEXT,
     .arg = "NAME",
     .fallback = "pocket",
     .help = "name of the cluster"},
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
     .help = "begin with this snapshot, or with these dumps and folders of them"},
    {0},
};
static const struct cmd_pair examples[] = {
    {"toban sim --world prod.snap --speed 60", "a copy of a cluster in which an hour is a minute"},
    {"toban sim --dir /tmp/sim & . /tmp/sim/env; kubectl get nodes", "talk to it"},
    {"toban sim --fault api-5xx=0.05,watch-cut=30s", "see how a controller bears trouble"},
    {0},
};
static const struct cmd_pair variables[] = {
    {"TMPDIR", "where the folder is made when there is no `--dir`"},
    {0},
};

const struct cmd cmd_sim = {
    .name = "sim",
    .summary = "serve a simulated cluster that kubectl can talk to",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .examples = examples,
    .variables = variables,
    .run = run_sim,
};
