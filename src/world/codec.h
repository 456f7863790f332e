/*
 * codec: one description of each type for writing it, reading it and comparing it.
 *
 * A function code_<type>(c, &x) names the parts of x once; the codec's mode decides what happens:
 * writing appends them, reading fills them in from bytes that nobody has vouched for, naming writes
 * them so that they mean the same in every world (texts for numbers, names for indexes), which is
 * what world_equal compares. So the three can never differ about a part. Bytes are those of
 * docs/format/snapshot.md. Used by world/file and world/equal only.
 *
 * The first error sticks: everything read after it is zero, and the caller asks once with codec_ok.
 */
#ifndef TOBAN_WORLD_CODEC_H
#define TOBAN_WORLD_CODEC_H

#include "base/str.h"
#include "world/cloud.h"
#include "world/world.h"

enum codec_mode {
    CODEC_WRITE,
    CODEC_READ,
    CODEC_NAMES,
    CODEC_SAME, /* as in memory: for comparing two items of one world */
};

/* What records point at by index. */
enum codec_ref {
    REF_CLASS,
    REF_NODE,
    REF_WORKLOAD,
    REF_STORAGE_CLASS,
    REF_PV,
    REF_PVC,
    REF_COUNT,
};

#define CODEC_PARTS_MAX ((size_t)2 << 30) /* bytes of arrays that a file may ask for */

struct codec {
    enum codec_mode mode;
    struct world *w; /* changed while reading only */
    struct arena scratch;
    const char *field; /* being coded, for messages */

    /* Writing and naming. */
    struct str *out;
    const uint32_t *rank[REF_COUNT]; /* number in the file of each index; WORLD_NONE: not in it */
    uint32_t *text_rank;             /* number in the file of each text; 0: none yet */
    VEC(uint32_t) texts;             /* in the order of the file */
    const uint64_t (*digests)[2];    /* naming: of each class */
    size_t watch;                    /* naming: byte whose field is wanted */
    const char *watched;

    /* Reading. */
    const uint8_t *at, *end;
    uint32_t count[REF_COUNT]; /* things of that kind in the file */
    const uint32_t *text_ids;  /* text of the world of each number of the file */
    uint32_t text_count, texts_used;
    size_t parts; /* bytes of arrays taken so far */
    char error[160];

    int64_t time; /* of the record before */
};

void codec_release(struct codec *c);

static inline bool codec_ok(const struct codec *c)
{
    return !*c->error;
}
static inline bool codec_reads(const struct codec *c)
{
    return c->mode == CODEC_READ;
}
void codec_fail(struct codec *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Do two items of one world say the same? */
bool codec_same(const struct world *w, void (*code)(struct codec *, void *), const void *a,
                const void *b);

/* Names the field for messages and codes it: CODE(i32, p->priority). */
#define CODE(type, x) (c->field = #x, code_##type(c, &(x)))

void code_u64(struct codec *c, uint64_t *v);
void code_i64(struct codec *c, int64_t *v);
void code_u32(struct codec *c, uint32_t *v);
void code_i32(struct codec *c, int32_t *v);
void code_u16(struct codec *c, uint16_t *v);
void code_u8(struct codec *c, uint8_t *v);
void code_bool(struct codec *c, bool *v);
/* An amount of something: not negative. */
void code_amount(struct codec *c, int64_t *v);
/* A number below `limit`. */
uint32_t code_below(struct codec *c, uint32_t v, uint32_t limit);
/* One of the characters. */
void code_letter(struct codec *c, uint8_t *v, const char *allowed);
/* A time, as distance to `base`; 0 (never) for itself. */
void code_time(struct codec *c, int64_t *t, int64_t base);

/* A text of the world. */
void code_text(struct codec *c, uint32_t *id);
/* An index of that kind, or WORLD_NONE. */
void code_ref(struct codec *c, enum codec_ref kind, uint32_t *index);

/* The number of items that follow, of which each takes at least one byte. */
uint32_t code_length(struct codec *c, uint32_t len);
/* The items: `one` is called for each. Returns where they are: as given, or in the world's arena.
 */
void *code_items(struct codec *c, const void *items, uint32_t len, size_t size,
                 void (*one)(struct codec *, void *));

#define CODE_ARRAY(what, len, one)                                                                 \
    do {                                                                                           \
        c->field = #what;                                                                          \
        (len) = code_length(c, (len));                                                             \
        (what) = code_items(c, (what), (len), sizeof *(what), (one));                              \
    } while (0)

/* Memory while reading, within what one file may take; NULL after an error. */
void *codec_room_in(struct codec *c, struct arena *arena, size_t count, size_t size);

/* Records (code_class.c, code_object.c, code_cloud.c). */
void code_labels(struct codec *c, struct labels *l);
void code_resources(struct codec *c, struct resources *r);
void code_requirement(struct codec *c, void *requirement);
void code_selector(struct codec *c, void *selector);
void code_node_term(struct codec *c, void *term);
void code_taint(struct codec *c, void *taint);
void code_text_item(struct codec *c, void *id);

void code_class(struct codec *c, void *class);
void code_pod(struct codec *c, void *pod);
void code_node(struct codec *c, void *node);
void code_workload(struct codec *c, void *workload);
void code_pdb(struct codec *c, void *pdb);
void code_storage_class(struct codec *c, void *storage_class);
void code_pv(struct codec *c, void *pv);
void code_pvc(struct codec *c, void *pvc);
void code_attachment(struct codec *c, void *attachment);
void code_priority_class(struct codec *c, void *priority_class);
void code_namespace(struct codec *c, void *ns);
void code_service(struct codec *c, void *service);
void code_hpa(struct codec *c, void *hpa);
void code_note(struct codec *c, void *note);
void code_cloud(struct codec *c, struct cloud *cloud);

#endif
