/* Any bytes as a packed chart: as they are when they begin like gzip, else as a tar file that is
 * compressed first, so that the reader behind the checksum is reached too. */
#include "fuzz.h"

#include "base/str.h"
#include "input/tgz.h"

#include <stdlib.h>
#include <zlib.h>

static bool compress_into(struct str *to, const uint8_t *data, size_t size)
{
    z_stream z = {0};
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    size_t room = deflateBound(&z, size);
    z.next_in = (uint8_t *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = (uint8_t *)str_room(to, room);
    z.avail_out = (uInt)room;
    bool done = z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END;
    to->len = z.total_out;
    deflateEnd(&z);
    return done;
}

static void check_path(const char *path)
{
    if (path[0] == '/')
        abort();
    for (struct sv rest = sv_of(path); rest.ptr;)
        if (sv_is(sv_split(&rest, '/'), ".."))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_str_ struct str packed = {0};
    _cleanup_arena_ struct arena arena = {0};
    _cleanup_tgz_ struct tgz t = {0};
    struct err err = {0};
    size_t total = 0;
    struct sv bytes = {(const char *)data, size};
    if (!sv_starts(bytes, "\x1F\x8B")) {
        if (!compress_into(&packed, data, size))
            return 0;
        bytes = str_sv(&packed);
    }
    int rc = tgz_read(&t, &arena, "fuzz.tgz", bytes, &err);
    if ((rc < 0) != (err.msg[0] != '\0'))
        abort();
    vec_foreach(e, &t.entries) {
        check_path(e->path);
        total += e->text.len;
    }
    if (total > TGZ_UNPACKED_MAX)
        abort();
    return 0;
}
