/* A kubeconfig from anywhere: it is understood or refused with the file's name; a target holds
 * together. */
#include "fuzz.h"

#include "kube/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_kube_config_ struct kube_config cfg = {0};
    struct kube_target target;
    struct err err = {0};
    if (kube_config_add(&cfg, "dir/f", sv_n((const char *)data, size), &err)) {
        if (err.class == ERR_NONE || strncmp(err.msg, "dir/f", 5) != 0)
            abort();
        return 0;
    }
    if (kube_config_target(&cfg, NULL, &target, &err) == 0 && (!target.server || !target.namespace))
        abort();
    return 0;
}
