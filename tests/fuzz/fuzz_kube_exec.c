/* The answer of a login plugin: a whole credential or none. */
#include "fuzz.h"

#include "kube/exec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_kube_credential_ struct kube_credential c = {0};
    struct err err = {0};
    int result = kube_exec_parse(sv_n((const char *)data, size), "client.authentication.k8s.io/v1",
                                 &c, &err);
    bool any = c.token || c.cert || c.key;
    if (any != (result == 0) || !c.cert != !c.key || (result && err.class == ERR_NONE))
        abort();
    return 0;
}
