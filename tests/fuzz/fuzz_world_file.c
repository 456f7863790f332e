/* Snapshots: whatever the bytes, they are read or refused, and what was read is written and read
 * again as the same. Bytes that start like a snapshot are tried as they are and once more with
 * their sizes and checksum put right; all others are tried as the unpacked body, so that the
 * decoder itself is reached. */
#include "fuzz.h"

#include "world/apply.h"
#include "world/body.h"
#include "world/file.h"

#include <stdlib.h>
#include <xxhash.h>

static void cloud_and_world_release(struct world *w, struct cloud *c)
{
    world_release(w);
    cloud_release(c);
}

/* What was believed once must be believed again, and mean the same. */
static void check_again(const struct world *w, const struct cloud *cloud)
{
    _cleanup_str_ struct str body = {0}, again = {0};
    struct err err = {0};
    struct world copy;
    struct cloud copy_cloud = {0};
    char why[256];
    world_init(&copy);
    if (body_write(w, cloud, &body, &err) < 0 ||
        body_read(&copy, &copy_cloud, str_sv(&body), &err) < 0 ||
        !world_equal(w, &copy, why, sizeof why) ||
        body_write(&copy, &copy_cloud, &again, &err) < 0 || !sv_eq(str_sv(&body), str_sv(&again)))
        abort();
    cloud_and_world_release(&copy, &copy_cloud);
}

static void try_file(struct sv bytes)
{
    struct world w;
    struct cloud cloud = {0};
    struct err err = {0};
    world_init(&w);
    if (world_file_load(&w, &cloud, "fuzz", bytes, &err) == 0)
        check_again(&w, &cloud);
    cloud_and_world_release(&w, &cloud);
}

static void try_body(struct sv bytes)
{
    struct world w;
    struct cloud cloud = {0};
    struct err err = {0};
    world_init(&w);
    if (body_read(&w, &cloud, bytes, &err) == 0)
        check_again(&w, &cloud);
    cloud_and_world_release(&w, &cloud);
}

static void try_put_right(struct sv bytes)
{
    if (bytes.len < 40)
        return;
    _cleanup_free_ char *copy = malloc(bytes.len);
    uint64_t packed = bytes.len - 40;
    memcpy(copy, bytes.ptr, bytes.len);
    memcpy(copy + 24, &packed, sizeof packed);
    uint64_t sum = XXH3_64bits(copy, bytes.len - 8);
    memcpy(copy + bytes.len - 8, &sum, sizeof sum);
    try_file(sv_n(copy, bytes.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv bytes = sv_n((const char *)data, size);
    if (!world_file_is(bytes)) {
        try_body(bytes);
        return 0;
    }
    try_file(bytes);
    try_put_right(bytes);
    return 0;
}
