#include "pocket/front/files.h"

#include "base/base64.h"
#include "base/io.h"
#include "base/secret.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

void front_kubeconfig(const struct front_access *a, struct str *out)
{
    str_addf(out,
             "apiVersion: v1\nkind: Config\ncurrent-context: %s\npreferences: {}\nclusters:\n"
             "- name: %s\n  cluster:\n    server: %s\n    certificate-authority-data: ",
             a->cluster, a->cluster, a->server);
    base64_encode(a->ca, out);
    str_addf(out, "\nusers:\n- name: %s\n  user:\n    token: %.*s\n", a->cluster, SV_ARG(a->token));
    str_addf(out, "contexts:\n- name: %s\n  context:\n    cluster: %s\n    user: %s\n", a->cluster,
             a->cluster, a->cluster);
}

/* In single quotes for a shell. */
static void add_variable(struct str *out, const char *name, const char *value)
{
    str_addf(out, "export %s='", name);
    for (const char *c = value; *c; c++)
        if (*c == '\'')
            str_adds(out, "'\\''");
        else
            str_addc(out, *c);
    str_adds(out, "'\n");
}

/* "TOBAN_LB_GAMES_LOBBY": letters and digits in capitals, the rest underscores. */
static void add_port(struct str *out, const struct front_port *port)
{
    char name[300];
    int n = snprintf(name, sizeof name, "TOBAN_LB_%s", port->name);
    for (int i = 0; i < n && name[i]; i++)
        name[i] = isalnum((unsigned char)name[i]) ? (char)toupper((unsigned char)name[i]) : '_';
    add_variable(out, name, port->url);
}

static void add_ports(struct str *out, const struct front_access *a)
{
    for (size_t i = 0; i < a->port_count; i++)
        add_port(out, &a->ports[i]);
    if (a->stats)
        add_variable(out, "TOBAN_LB_STATS", a->stats);
}

void front_environment(const struct front_access *a, const char *kubeconfig, struct str *out)
{
    add_variable(out, "KUBECONFIG", kubeconfig);
    add_ports(out, a);
    if (!a->aws)
        return;
    add_variable(out, "AWS_ENDPOINT_URL", a->aws);
    add_variable(out, "AWS_ACCESS_KEY_ID", a->key_id);
    add_variable(out, "AWS_SECRET_ACCESS_KEY", a->secret);
    add_variable(out, "AWS_REGION", a->region);
    add_variable(out, "AWS_DEFAULT_REGION", a->region);
    /* Those of the caller's own account would count beside these. */
    str_adds(out, "unset AWS_PROFILE AWS_SESSION_TOKEN\n");
}

int front_write(const struct front_access *a, const char *dir, struct err *err)
{
    _cleanup_(secret_str_release) struct str config = {0};
    _cleanup_str_ struct str path = {0}, env_path = {0}, env = {0};
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        return err_sys(err, errno, "cannot make the folder %s", dir);
    str_addf(&path, "%s/kubeconfig", dir);
    str_addf(&env_path, "%s/env", dir);
    front_kubeconfig(a, &config);
    front_environment(a, str_c(&path), &env);
    if (io_write_private(str_c(&path), str_sv(&config), err) < 0)
        return -1;
    return io_write_private(str_c(&env_path), str_sv(&env), err);
}
