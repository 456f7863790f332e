#include "world/file.h"

#include "world/body.h"

#include <xxhash.h>
#include <zstd.h>

/*
 * magic (8), version (4), flags (4), length of the body (8), length of the packed body (8), packed
 * body, XXH3 of all before (8). All numbers little-endian.
 */
#define HEAD_SIZE 32u
#define SUM_SIZE 8u
#define LEVEL 6

/* Not text, and spoilt by what spoils binary files: a lost high bit, changed line ends. */
static const unsigned char magic[8] = {0x89, 'T', 'B', 'N', '\r', '\n', 0x1a, '\n'};

struct head {
    uint32_t version, flags;
    uint64_t body, packed;
};

static void put_le(char *at, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (char)(v >> (8 * i));
}

static uint64_t get_le(const char *at, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)(unsigned char)at[i] << (8 * i);
    return v;
}

bool world_file_is(struct sv bytes)
{
    return bytes.len >= sizeof magic && memcmp(bytes.ptr, magic, sizeof magic) == 0;
}

/* ---- saving ---- */

static int pack(struct sv body, struct str *out, struct err *err)
{
    size_t room = ZSTD_compressBound(body.len);
    char *at = str_room(out, HEAD_SIZE + room + SUM_SIZE);
    if (!at)
        return err_nomem(err, "packing the snapshot");
    size_t packed = ZSTD_compress(at + HEAD_SIZE, room, body.ptr, body.len, LEVEL);
    if (ZSTD_isError(packed))
        return err_set(err, ERR_LOCAL, "cannot pack the snapshot: %s", ZSTD_getErrorName(packed));
    memcpy(at, magic, sizeof magic);
    put_le(at + 8, WORLD_FILE_VERSION, 4);
    put_le(at + 12, 0, 4);
    put_le(at + 16, body.len, 8);
    put_le(at + 24, packed, 8);
    put_le(at + HEAD_SIZE + packed, XXH3_64bits(at, HEAD_SIZE + packed), SUM_SIZE);
    out->len += HEAD_SIZE + packed + SUM_SIZE;
    out->data[out->len] = '\0';
    return 0;
}

int world_file_save(const struct world *w, const struct cloud *cloud, struct str *out,
                    struct err *err)
{
    _cleanup_str_ struct str body;
    str_init(&body, BODY_MAX);
    if (body_write(w, cloud, &body, err) < 0)
        return -1;
    return pack(str_sv(&body), out, err);
}

/* ---- loading ---- */

#define HINT_AGAIN "copy it again, or make it anew: `toban snapshot -o FILE`"

static int check_head(const char *name, struct sv bytes, struct head *h, struct err *err)
{
    if (!world_file_is(bytes)) {
        err_set(err, ERR_INPUT, "%s: is no snapshot of toban", name);
        return err_hint(err, "make one with `toban snapshot -o FILE`, from a live cluster or "
                             "`--from-json` files");
    }
    if (bytes.len < HEAD_SIZE + SUM_SIZE) {
        err_set(err, ERR_INPUT, "%s: is cut off after %zu bytes", name, bytes.len);
        return err_hint(err, HINT_AGAIN);
    }
    *h = (struct head){
        .version = (uint32_t)get_le(bytes.ptr + 8, 4),
        .flags = (uint32_t)get_le(bytes.ptr + 12, 4),
        .body = get_le(bytes.ptr + 16, 8),
        .packed = get_le(bytes.ptr + 24, 8),
    };
    if (h->version == WORLD_FILE_VERSION && !h->flags)
        return 0;
    err_set(err, ERR_INPUT,
            "%s: is a snapshot of format %u%s, this toban (" TOBAN_VERSION ") reads format %u",
            name, h->version, h->flags ? " with unknown flags" : "", WORLD_FILE_VERSION);
    return err_hint(err, "read it with the toban that wrote it, or make it anew with this one: "
                         "`toban snapshot -o FILE`");
}

static int check_size(const char *name, struct sv bytes, const struct head *h, struct err *err)
{
    size_t expected = HEAD_SIZE + SUM_SIZE;
    if (h->body > BODY_MAX) {
        err_set(err, ERR_LIMIT, "%s: holds %llu bytes unpacked, at most %zu are read", name,
                (unsigned long long)h->body, BODY_MAX);
        return -1;
    }
    if (h->packed > bytes.len - expected)
        err_set(err, ERR_INPUT, "%s: is cut off: %llu bytes were written, %zu are there", name,
                (unsigned long long)h->packed + expected, bytes.len);
    else if (h->packed < bytes.len - expected)
        err_set(err, ERR_INPUT, "%s: has %zu bytes too many at its end", name,
                (size_t)(bytes.len - expected - h->packed));
    else
        return 0;
    return err_hint(err, HINT_AGAIN);
}

static int check_sum(const char *name, struct sv bytes, struct err *err)
{
    size_t covered = bytes.len - SUM_SIZE;
    uint64_t said = get_le(bytes.ptr + covered, SUM_SIZE);
    uint64_t is = XXH3_64bits(bytes.ptr, covered);
    if (said == is)
        return 0;
    err_set(err, ERR_INPUT,
            "%s: was altered after it was written: its checksum is %016llx, its bytes give %016llx",
            name, (unsigned long long)said, (unsigned long long)is);
    return err_hint(err, HINT_AGAIN);
}

static int unpack(const char *name, struct sv bytes, const struct head *h, struct str *body,
                  struct err *err)
{
    char *room = str_room(body, h->body + 1);
    if (!room)
        return err_nomem(err, "unpacking the snapshot");
    size_t got = ZSTD_decompress(room, h->body, bytes.ptr + HEAD_SIZE, h->packed);
    if (ZSTD_isError(got))
        return err_set(err, ERR_INPUT, "%s: cannot be unpacked: %s", name, ZSTD_getErrorName(got));
    if (got != h->body)
        return err_set(err, ERR_INPUT, "%s: unpacks to %zu bytes instead of %llu", name, got,
                       (unsigned long long)h->body);
    body->len = got;
    return 0;
}

int world_file_load(struct world *w, struct cloud *cloud, const char *name, struct sv bytes,
                    struct err *err)
{
    _cleanup_str_ struct str body;
    struct head h = {0};
    str_init(&body, BODY_MAX + 1);
    if (check_head(name, bytes, &h, err) < 0 || check_size(name, bytes, &h, err) < 0 ||
        check_sum(name, bytes, err) < 0 || unpack(name, bytes, &h, &body, err) < 0)
        return -1;
    if (body_read(w, cloud, str_sv(&body), err) < 0)
        return err_wrap(err, "%s", name);
    return 0;
}
