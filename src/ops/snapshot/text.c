#include "ops/snapshot/text.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK ((size_t)1 << 20)

void text_close(struct text *t)
{
    if (!t)
        return;
    if (t->map)
        munmap(t->map, t->map_len);
    str_release(&t->own);
    *t = (struct text){0};
}

static int check_file(const char *path, const struct stat *st, size_t max, struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, ERR_INPUT, "%s: is no regular file", path);
    if ((uint64_t)st->st_size > max)
        return err_set(err, ERR_LIMIT, "%s: has %lld bytes, at most %zu are read", path,
                       (long long)st->st_size, max);
    return 0;
}

static int map_file(struct text *t, const char *path, size_t max, struct err *err)
{
    struct stat st;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, errno, "%s: cannot open", path);
    if (check_file(path, &st, max, err) < 0)
        return -1;
    t->view = SV("");
    if (!st.st_size)
        return 0;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return err_sys(err, errno, "%s: cannot map into memory", path);
    madvise(map, (size_t)st.st_size, MADV_SEQUENTIAL);
    t->map = map;
    t->map_len = (size_t)st.st_size;
    t->view = sv_n(map, t->map_len);
    return 0;
}

static int too_large(const char *path, size_t max, struct err *err)
{
    return err_set(err, ERR_LIMIT, "%s: unpacks to more than %zu bytes", path, max);
}

/* One stream behind the other is one text, as gzip -d has it. */
static int inflate_all(z_stream *z, struct sv packed, const char *path, size_t max, struct str *out,
                       struct err *err)
{
    int state = Z_OK;
    bool full = false;
    while (packed.len || z->avail_in || (full && state == Z_OK)) {
        if (!z->avail_in && packed.len) {
            size_t part = packed.len < CHUNK ? packed.len : CHUNK;
            z->next_in = (Bytef *)packed.ptr;
            z->avail_in = (uInt)part;
            packed = sv_n(packed.ptr + part, packed.len - part);
        }
        char *room = str_room(out, CHUNK);
        if (!room)
            return too_large(path, max, err);
        z->next_out = (Bytef *)room;
        z->avail_out = CHUNK;
        state = inflate(z, Z_NO_FLUSH);
        out->len += CHUNK - z->avail_out;
        full = !z->avail_out;
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            return err_set(err, ERR_INPUT, "%s: is no gzip file, or was damaged: %s", path,
                           z->msg ? z->msg : "it cannot be unpacked");
        if (state == Z_STREAM_END && (z->avail_in || packed.len))
            inflateReset(z);
    }
    return state == Z_STREAM_END ? 0 : err_set(err, ERR_INPUT, "%s: is cut off", path);
}

static int unpack_gz(struct sv packed, const char *path, size_t max, struct str *out,
                     struct err *err)
{
    z_stream z = {0};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return err_nomem(err, "unpacking a gzip file");
    int result = inflate_all(&z, packed, path, max, out, err);
    inflateEnd(&z);
    return result;
}

static int unpack_frames(ZSTD_DStream *z, struct sv packed, const char *path, size_t max,
                         struct str *out, struct err *err)
{
    ZSTD_inBuffer in = {packed.ptr, packed.len, 0};
    size_t left = 1;
    bool full = false;
    while (in.pos < in.size || (left && full)) {
        char *room = str_room(out, CHUNK);
        if (!room)
            return too_large(path, max, err);
        ZSTD_outBuffer to = {room, CHUNK, 0};
        left = ZSTD_decompressStream(z, &to, &in);
        if (ZSTD_isError(left))
            return err_set(err, ERR_INPUT, "%s: is no zstd file, or was damaged: %s", path,
                           ZSTD_getErrorName(left));
        out->len += to.pos;
        full = to.pos == to.size;
    }
    return left ? err_set(err, ERR_INPUT, "%s: is cut off", path) : 0;
}

static int unpack_zst(struct sv packed, const char *path, size_t max, struct str *out,
                      struct err *err)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    if (!z)
        return err_nomem(err, "unpacking a zstd file");
    int result = unpack_frames(z, packed, path, max, out, err);
    ZSTD_freeDStream(z);
    return result;
}

typedef int unpacker(struct sv packed, const char *path, size_t max, struct str *out,
                     struct err *err);

static unpacker *unpacker_of(const char *path)
{
    if (sv_ends(sv_of(path), ".gz"))
        return unpack_gz;
    return sv_ends(sv_of(path), ".zst") ? unpack_zst : NULL;
}

static int unpack(struct text *t, unpacker *how, const char *path, size_t max, struct err *err)
{
    struct text packed = *t;
    *t = (struct text){0};
    str_init(&t->own, max);
    int result = how(packed.view, path, max, &t->own, err);
    text_close(&packed);
    if (result == 0)
        t->view = str_sv(&t->own);
    return result;
}

int text_open(struct text *t, const char *path, size_t max, size_t unpacked_max, struct err *err)
{
    *t = (struct text){0};
    if (strcmp(path, "-") == 0) {
        str_init(&t->own, unpacked_max);
        if (io_read_fd(STDIN_FILENO, "standard input", unpacked_max, &t->own, err) < 0)
            return -1;
        t->view = str_sv(&t->own);
        return 0;
    }
    unpacker *how = unpacker_of(path);
    if (map_file(t, path, max, err) < 0)
        return -1;
    return how ? unpack(t, how, path, unpacked_max, err) : 0;
}

int text_hold(struct text *t, const char *name, struct sv bytes, size_t unpacked_max,
              struct err *err)
{
    unpacker *how = unpacker_of(name);
    *t = (struct text){.view = bytes};
    return how ? unpack(t, how, name, unpacked_max, err) : 0;
}
