/* Any bytes as the user data of a launch template: its parts lie one behind the other in it, and
 * what of them is lost is told in texts that have an end and hold nothing of the input's. */
#include "fuzz.h"

#include "base/base64.h"
#include "ops/replace/user_data.h"

#include <stdlib.h>
#include <string.h>

static void check(void *ctx, const struct user_data_loss *loss)
{
    if (!*loss->what || strlen(loss->what) > 200 || (loss->instead && !*loss->instead))
        abort();
    ++*(unsigned *)ctx;
}

static void look(const char *encoded)
{
    struct user_data u;
    struct err err = {0};
    if (user_data_read(encoded, &u, &err) == 0) {
        const char *end = NULL;
        vec_foreach(p, &u.parts) {
            if (!p->text.len || (end && p->text.ptr < end))
                abort();
            end = p->text.ptr + p->text.len;
        }
        for (enum ami_family f = AMI_AL2; f <= AMI_CUSTOM; f++) {
            unsigned told = 0;
            user_data_losses(&u, f, check, &told);
            if (f == AMI_CUSTOM && told)
                abort();
        }
    }
    user_data_release(&u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {0};
    base64_encode(sv_n((const char *)data, size), &text);
    look(str_c(&text));
    str_reset(&text);
    str_add(&text, data, size);
    look(str_c(&text));
    str_release(&text);
    return 0;
}
