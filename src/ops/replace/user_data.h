/*
 * user_data: what a launch template tells its machines when they start, as far as it matters when
 * the operating system changes: which of it the other one cannot take, and what takes its place
 * there. Pure. Never repeats values that may be secret: it names settings, not what they are set
 * to.
 */
#ifndef TOBAN_OPS_REPLACE_USER_DATA_H
#define TOBAN_OPS_REPLACE_USER_DATA_H

#include "base/arena.h"
#include "base/vec.h"
#include "ops/replace/ami.h"

#define USER_DATA_MAX 65536 /* bytes; EC2 itself takes 16 KiB before base64 */

enum user_data_kind {
    USER_DATA_SCRIPT,      /* begins with #! */
    USER_DATA_NODE_CONFIG, /* YAML for nodeadm (AL2023) */
    USER_DATA_CLOUD_INIT,  /* #cloud-config */
    USER_DATA_TOML,        /* Bottlerocket's settings */
    USER_DATA_POWERSHELL,
    USER_DATA_OTHER,
};
extern const char *const user_data_kind_names[]; /* "shell script", … */

struct user_data_part {
    enum user_data_kind kind;
    struct sv text;
};

struct user_data {
    struct arena arena;
    VEC(struct user_data_part) parts; /* in their order; none: there is no user data */
};
void user_data_release(struct user_data *u);
#define _cleanup_user_data_ _cleanup_(user_data_release)

/* base64 as EC2 gives it (NULL and "": none), of one text or a MIME multipart of several. -1
 * (ERR_INPUT, ERR_LIMIT): it cannot be read. Release *out in every case. */
int user_data_read(const char *base64, struct user_data *out, struct err *err);

/* Something that the other family does not take, and what to do. */
struct user_data_loss {
    const char *what;    /* "kubelet flag --max-pods of bootstrap.sh" */
    const char *instead; /* "settings.kubernetes.max-pods" ; NULL: nothing does it there */
};
typedef void user_data_told(void *ctx, const struct user_data_loss *loss);

/* Tells all that machines of that family would not do, in order; nothing when all of it fits. */
void user_data_losses(const struct user_data *u, enum ami_family to, user_data_told *told,
                      void *ctx);

#endif
