/* Writing: short JSON in, indented JSON out to a file. */
#include "world/gen.h"

#include <errno.h>

#define FLUSH_AT ((size_t)1 << 20)

static const char *emit_string(struct jsonw *w, const char *at)
{
    const char *end = strchr(at, '\'');
    struct sv text = sv_n(at, (size_t)(end - at));
    if (end[1] != ':') {
        jsonw_sv(w, text);
        return end + 1;
    }
    jsonw_key_sv(w, text);
    return end + 2;
}

static const char *emit_token(struct jsonw *w, const char *at)
{
    switch (*at) {
    case ' ':
    case ',':
        return at + 1;
    case '{':
        jsonw_object(w);
        return at + 1;
    case '}':
        jsonw_object_end(w);
        return at + 1;
    case '[':
        jsonw_array(w);
        return at + 1;
    case ']':
        jsonw_array_end(w);
        return at + 1;
    case '\'':
        return emit_string(w, at + 1);
    }
    size_t n = strcspn(at, " ,{}[]'");
    jsonw_raw(w, sv_n(at, n));
    return at + n;
}

static void flush(struct gen_out *o)
{
    o->bytes += o->buf.len;
    if (!str_ok(&o->buf) || fwrite(o->buf.data, 1, o->buf.len, o->file) != o->buf.len)
        o->text.failed = true;
    str_reset(&o->buf);
}

void gen_emit(struct gen_out *o, const char *fmt, ...)
{
    if (o->text.failed)
        return;
    str_reset(&o->text);
    va_list ap;
    va_start(ap, fmt);
    str_vaddf(&o->text, fmt, ap);
    va_end(ap);
    for (const char *at = str_c(&o->text); *at;)
        at = emit_token(&o->json, at);
    if (o->buf.len > FLUSH_AT)
        flush(o);
}

int gen_write(const char *folder, const char *name, const struct gen_world *w,
              void (*items)(struct gen_out *, const struct gen_world *), unsigned long long *bytes,
              struct err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    _cleanup_fclose_ FILE *file = fopen(path, "w");
    if (!file)
        return err_sys(err, errno, "cannot write \"%s\"", path);
    struct gen_out o = {.file = file};
    str_init(&o.buf, 2 * FLUSH_AT);
    str_init(&o.text, FLUSH_AT);
    jsonw_init(&o.json, &o.buf, w->options.compact ? 0 : 4);
    gen_emit(&o, "{'apiVersion':'v1' 'items':[");
    items(&o, w);
    gen_emit(&o, "] 'kind':'List' 'metadata':{'resourceVersion':''}}");
    str_addc(&o.buf, '\n');
    flush(&o);
    bool done = !o.text.failed && fflush(file) == 0;
    str_release(&o.buf);
    str_release(&o.text);
    *bytes = o.bytes;
    return done ? 0 : err_sys(err, errno, "cannot write \"%s\"", path);
}
