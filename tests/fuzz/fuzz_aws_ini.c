/* ~/.aws/credentials and ~/.aws/config. */
#include "fuzz.h"

#include "aws/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = sv_n((const char *)data, size);
    for (int is_config = 0; is_config < 2; is_config++) {
        struct aws_profile p = {0};
        struct err err = {0};
        if (aws_profile_add(&p, "default", "f", text, is_config, &err) &&
            strncmp(err.msg, "f:", 2) != 0)
            abort();
        if (p.aws_access_key_id.ptr &&
            (p.aws_access_key_id.ptr < text.ptr ||
             p.aws_access_key_id.ptr + p.aws_access_key_id.len > text.ptr + text.len))
            abort();
    }
    return 0;
}
