#include "aws/sigv4.h"

#include "base/secret.h"
#include "base/vec.h"
#include "net/http.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>

#define HASH 32
#define TEXT_MAX ((size_t)1 << 20)

struct pair {
    struct sv name, value;
};

struct signing {
    const struct aws_request *request;
    const struct aws_credentials *keys;
    const struct aws_scope *scope;
    char date[AWS_DATE_MAX];
    struct str store; /* lower-case names and trimmed values that headers point into */
    struct str credential_scope;
    struct str signed_headers;
    struct str canonical_headers;
    struct str query; /* canonical */
};

static void signing_release(struct signing *s)
{
    str_release(&s->store);
    str_release(&s->credential_scope);
    str_release(&s->signed_headers);
    str_release(&s->canonical_headers);
    str_release(&s->query);
}

static void add_hex(struct str *out, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        str_addf(out, "%02x", bytes[i]);
}

static bool add_sha256(struct str *out, struct sv text)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(text.len ? text.ptr : "", text.len, hash, &n, EVP_sha256(), NULL) != 1)
        return false;
    add_hex(out, hash, n);
    return true;
}

static bool hmac(const unsigned char *key, size_t n, struct sv text, unsigned char out[static HASH])
{
    unsigned len = 0;
    return HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)text.ptr, text.len, out, &len) &&
           len == HASH;
}

/* --- path --------------------------------------------------------------------------------- */

static void drop_last_segment(struct str *path)
{
    while (path->len && path->data[path->len - 1] != '/')
        path->len--;
    if (path->len)
        path->len--;
    if (path->data)
        path->data[path->len] = '\0';
}

/* RFC 3986 dot segments removed and empty segments dropped; a slash at the end stays. */
static void normalise(struct sv path, struct str *out)
{
    struct sv rest = path;
    struct sv last = SV_NONE;
    while (rest.ptr) {
        last = sv_split(&rest, '/');
        if (last.len == 0 || sv_is(last, "."))
            continue;
        if (sv_is(last, "..")) {
            drop_last_segment(out);
            continue;
        }
        str_addc(out, '/');
        str_addv(out, last);
    }
    if (out->len == 0 || last.len == 0 || sv_is(last, ".") || sv_is(last, ".."))
        str_addc(out, '/');
}

static void add_path(struct str *out, const struct aws_request *request)
{
    if (request->plain_path) {
        str_adds(out, *request->path ? request->path : "/");
        return;
    }
    _cleanup_str_ struct str path = {0};
    str_init(&path, TEXT_MAX);
    normalise(sv_of(request->path), &path);
    http_escape(out, str_sv(&path), "/");
    out->failed = out->failed || path.failed;
}

/* --- query -------------------------------------------------------------------------------- */

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    int by_name = sv_cmp(x->name, y->name);
    return by_name ? by_name : sv_cmp(x->value, y->value);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                : -1;
}

/* Whatever way a part of the query is encoded on the wire, the canonical form is one. */
static void recode(struct str *out, struct sv part)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if (c == '%' && i + 2 < part.len && hex_value(part.ptr[i + 1]) >= 0 &&
            hex_value(part.ptr[i + 2]) >= 0) {
            c = (char)(hex_value(part.ptr[i + 1]) * 16 + hex_value(part.ptr[i + 2]));
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        http_escape(out, sv_n(&c, 1), "");
    }
}

/* Each part is written with a separator behind, so that offsets can become views at the end. */
static bool canonical_query(const char *query, struct str *out)
{
    VEC(struct pair) pairs = {0};
    _cleanup_str_ struct str store = {0};
    str_init(&store, TEXT_MAX);
    struct sv rest = sv_of(query);
    bool ok = str_room(&store, rest.len * 3 + 3) != NULL; /* no move below */
    while (ok && rest.ptr) {
        struct sv value = sv_split(&rest, '&');
        if (value.len == 0)
            continue;
        struct sv name = sv_split(&value, '=');
        size_t start = store.len;
        recode(&store, name);
        size_t middle = store.len;
        recode(&store, value);
        ok = vec_push(&pairs, (struct pair){sv_n(store.data + start, middle - start),
                                            sv_n(store.data + middle, store.len - middle)});
    }
    if (pairs.len)
        qsort(pairs.items, pairs.len, sizeof *pairs.items, compare_pairs);
    vec_foreach(p, &pairs) {
        if (out->len)
            str_addc(out, '&');
        str_addv(out, p->name);
        str_addc(out, '=');
        str_addv(out, p->value);
    }
    vec_release(&pairs);
    return ok && str_ok(&store) && str_ok(out);
}

/* --- headers ------------------------------------------------------------------------------ */

static struct sv store_name(struct str *store, struct sv name)
{
    size_t start = store->len;
    for (size_t i = 0; i < name.len; i++)
        str_addc(store,
                 (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] | 32 : name.ptr[i]));
    return sv_n(store->data + start, store->len - start);
}

/* Trimmed, inner runs of white space as one space. */
static struct sv store_value(struct str *store, struct sv value)
{
    size_t start = store->len;
    value = sv_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        bool blank = strchr(" \t\r\n", value.ptr[i]) != NULL;
        if (!blank || !strchr(" \t\r\n", value.ptr[i - 1]))
            str_addc(store, blank ? ' ' : value.ptr[i]);
    }
    return sv_n(store->data + start, store->len - start);
}

static int compare_names(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    int by_name = sv_cmp(x->name, y->name);
    /* The same header twice keeps its order; both lie in one store, in order. */
    return by_name ? by_name : (x->value.ptr > y->value.ptr) - (x->value.ptr < y->value.ptr);
}

static void write_headers(struct signing *s, const struct pair *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i && sv_eq(list[i].name, list[i - 1].name)) {
            str_addc(&s->canonical_headers, ',');
        } else {
            if (i) {
                str_addc(&s->canonical_headers, '\n');
                str_addc(&s->signed_headers, ';');
            }
            str_addv(&s->signed_headers, list[i].name);
            str_addv(&s->canonical_headers, list[i].name);
            str_addc(&s->canonical_headers, ':');
        }
        str_addv(&s->canonical_headers, list[i].value);
    }
    str_addc(&s->canonical_headers, '\n');
}

static bool canonical_headers(struct signing *s, bool in_header)
{
    const struct aws_request *r = s->request;
    VEC(struct aws_header) all = {0};
    VEC(struct pair) list = {0};
    size_t room = 0;
    bool ok = true;
    for (size_t i = 0; i < r->header_count; i++)
        ok = vec_push(&all, r->headers[i]) && ok;
    if (in_header)
        ok = vec_push(&all, (struct aws_header){"x-amz-date", s->date}) && ok;
    if (in_header && s->keys->session_token)
        ok = vec_push(&all, (struct aws_header){"x-amz-security-token", s->keys->session_token}) &&
             ok;
    vec_foreach(h, &all)
        room += strlen(h->name) + strlen(h->value) + 2;
    ok = str_room(&s->store, room + 1) && ok; /* no move below */
    for (size_t i = 0; ok && i < all.len; i++) {
        struct sv name = store_name(&s->store, sv_of(all.items[i].name));
        struct sv value = store_value(&s->store, sv_of(all.items[i].value));
        ok = vec_push(&list, (struct pair){name, value});
    }
    if (list.len)
        qsort(list.items, list.len, sizeof *list.items, compare_names);
    write_headers(s, list.items, list.len);
    vec_release(&all);
    vec_release(&list);
    return ok;
}

/* --- signature ---------------------------------------------------------------------------- */

static bool add_signature(struct signing *s, struct str *out)
{
    _cleanup_str_ struct str request = {0};
    _cleanup_str_ struct str to_sign = {0};
    _cleanup_secret_str_ struct str secret = {0};
    str_init(&request, 4 * TEXT_MAX);
    str_init(&to_sign, TEXT_MAX);
    str_init(&secret, TEXT_MAX);

    str_addf(&request, "%s\n", s->request->method);
    add_path(&request, s->request);
    str_addf(&request, "\n%s\n%s\n%s\n", str_c(&s->query), str_c(&s->canonical_headers),
             str_c(&s->signed_headers));
    if (s->request->unsigned_payload)
        str_adds(&request, "UNSIGNED-PAYLOAD");
    else if (!add_sha256(&request, s->request->body))
        return false;

    str_addf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%s\n", s->date, str_c(&s->credential_scope));
    bool ok = add_sha256(&to_sign, str_sv(&request));
    str_addf(&secret, "AWS4%s", s->keys->secret_key);
    unsigned char key[HASH];
    ok = ok && hmac((const unsigned char *)str_c(&secret), secret.len, sv_n(s->date, 8), key) &&
         hmac(key, HASH, sv_of(s->scope->region), key) &&
         hmac(key, HASH, sv_of(s->scope->service), key) &&
         hmac(key, HASH, SV("aws4_request"), key) && hmac(key, HASH, str_sv(&to_sign), key);
    add_hex(out, key, HASH);
    explicit_bzero(key, sizeof key);
    return ok && str_ok(&request) && str_ok(&to_sign) && str_ok(&secret) && str_ok(out);
}

static bool signing_init(struct signing *s)
{
    time_t now = (time_t)s->scope->unix_now;
    struct tm tm;
    str_init(&s->store, TEXT_MAX);
    str_init(&s->credential_scope, 1024);
    str_init(&s->signed_headers, TEXT_MAX);
    str_init(&s->canonical_headers, TEXT_MAX);
    str_init(&s->query, TEXT_MAX);
    if (!gmtime_r(&now, &tm) || strftime(s->date, sizeof s->date, "%Y%m%dT%H%M%SZ", &tm) == 0)
        return false;
    str_addf(&s->credential_scope, "%.8s/%s/%s/aws4_request", s->date, s->scope->region,
             s->scope->service);
    return str_ok(&s->credential_scope);
}

int aws_sign(const struct aws_request *request, const struct aws_credentials *keys,
             const struct aws_scope *scope, char date[static AWS_DATE_MAX],
             struct str *authorization, struct err *err)
{
    _cleanup_(signing_release) struct signing s = {request, keys, scope};
    if (!signing_init(&s) || !canonical_headers(&s, true) ||
        !canonical_query(request->query, &s.query))
        return err_set(err, ERR_LOCAL, "request to AWS cannot be signed");
    memcpy(date, s.date, sizeof s.date);
    str_addf(authorization,
             "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=", keys->access_key,
             str_c(&s.credential_scope), str_c(&s.signed_headers));
    return add_signature(&s, authorization)
               ? 0
               : err_set(err, ERR_LOCAL, "request to AWS cannot be signed");
}

static void add_parameter(struct str *query, const char *name, struct sv value)
{
    if (query->len)
        str_addc(query, '&');
    str_addf(query, "%s=", name);
    http_escape(query, value, "");
}

int aws_presign(const struct aws_request *request, const struct aws_credentials *keys,
                const struct aws_scope *scope, unsigned expires_s, struct str *query,
                struct err *err)
{
    _cleanup_(signing_release) struct signing s = {request, keys, scope};
    _cleanup_str_ struct str full = {0};
    _cleanup_str_ struct str credential = {0};
    str_init(&full, TEXT_MAX);
    str_init(&credential, 4096);
    if (!signing_init(&s) || !canonical_headers(&s, false))
        return err_set(err, ERR_LOCAL, "request to AWS cannot be signed");
    str_addf(&credential, "%s/%s", keys->access_key, str_c(&s.credential_scope));
    char expires[16];
    snprintf(expires, sizeof expires, "%u", expires_s);
    str_adds(&full, request->query ? request->query : "");
    add_parameter(&full, "X-Amz-Algorithm", SV("AWS4-HMAC-SHA256"));
    add_parameter(&full, "X-Amz-Credential", str_sv(&credential));
    add_parameter(&full, "X-Amz-Date", sv_of(s.date));
    add_parameter(&full, "X-Amz-Expires", sv_of(expires));
    add_parameter(&full, "X-Amz-SignedHeaders", str_sv(&s.signed_headers));
    if (keys->session_token)
        add_parameter(&full, "X-Amz-Security-Token", sv_of(keys->session_token));
    bool ok = canonical_query(str_c(&full), &s.query);
    str_adds(&full, "&X-Amz-Signature=");
    ok = ok && add_signature(&s, &full) && str_ok(&full);
    str_addv(query, str_sv(&full));
    return ok && str_ok(query) ? 0 : err_set(err, ERR_LOCAL, "request to AWS cannot be signed");
}
