#include "kube/status.h"

#define MESSAGE_MAX 600

static enum err_class class_of(int status, struct sv reason)
{
    if (sv_is(reason, "AlreadyExists") || sv_is(reason, "Conflict"))
        return ERR_CONFLICT;
    switch (status) {
    case 401:
    case 403:
        return ERR_DENIED;
    case 404:
    case 405:
    case 410:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 413:
        return ERR_LIMIT;
    case 429:
        return ERR_THROTTLED;
    default:
        return status >= 400 && status < 500 ? ERR_INPUT : ERR_REMOTE;
    }
}

/* One line of at most MESSAGE_MAX bytes without control characters. */
static void tidy(struct sv text, char out[static MESSAGE_MAX + 4])
{
    size_t n = 0;
    text = sv_trim(text);
    for (size_t i = 0; i < text.len && n < MESSAGE_MAX; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        out[n++] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
    }
    if (n == MESSAGE_MAX) {
        while (n && ((unsigned char)out[n - 1] & 0xC0) == 0x80)
            n--;
        memcpy(out + (n ? n - 1 : 0), "...", 3);
        n = (n ? n - 1 : 0) + 3;
    }
    out[n] = '\0';
}

static void add_hint(int status, const struct kube_asked *asked, struct err *err)
{
    switch (status) {
    case 401:
        err_hint(err, "log in anew, or look at what is used: kubectl config view --minify");
        break;
    case 403:
        if (asked->can_i)
            err_hint(err, "kubectl auth can-i %s", asked->can_i);
        break;
    case 429:
    case 503:
        err_hint(err, "the server is busy or starting; try again later");
        break;
    default:
        if (status >= 300 && status < 400)
            err_hint(err,
                     "the address leads elsewhere: check server in the kubeconfig and proxies");
        else if (status >= 500)
            err_hint(err, "see whether the server is well: kubectl get --raw='/readyz?verbose'");
    }
}

static int fill(int status, struct sv reason, struct sv message, const struct kube_asked *asked,
                struct err *err)
{
    char words[MESSAGE_MAX + 4];
    tidy(message, words);
    if (status == 401)
        err_set(err, ERR_DENIED,
                "%s: the server does not accept the login of user '%s': expired or "
                "wrong credentials",
                asked->what, asked->user);
    else if (words[0] && status == 403 && !strstr(words, asked->user))
        err_set(err, ERR_DENIED, "%s: not allowed for user '%s': %s", asked->what, asked->user,
                words);
    else if (words[0])
        err_set(err, class_of(status, reason), "%s: %s", asked->what, words);
    else
        err_set(err, class_of(status, reason), "%s: %s answered with HTTP status %d", asked->what,
                asked->server, status);
    if (err)
        err->http_status = status;
    add_hint(status, asked, err);
    return -1;
}

int kube_status_err_of(const struct doc_node *status, const struct kube_asked *asked,
                       struct err *err)
{
    const struct doc_node *code = doc_get(status, "code");
    int number = code && code->type == DOC_INT && code->integer >= 100 && code->integer < 600
                     ? (int)code->integer
                     : 500;
    return fill(number, doc_get_string(status, "reason"), doc_get_string(status, "message"), asked,
                err);
}

/* The first line of a text answer, such as an ingress' error page is not. */
static struct sv plain_words(struct sv body)
{
    struct sv trimmed = sv_trim(body);
    if (trimmed.len == 0 || trimmed.ptr[0] == '<' || trimmed.ptr[0] == '{')
        return SV_NONE;
    return sv_split(&trimmed, '\n');
}

int kube_status_err(int status, struct sv body, const struct kube_asked *asked, struct err *err)
{
    _cleanup_doc_ struct doc_file doc = {0};
    if (doc_parse_json(&doc, "answer", body, NULL, NULL) == 0 && doc.part_count) {
        const struct doc_node *root = doc.parts[0].root;
        if (sv_is(doc_get_string(root, "kind"), "Status"))
            return fill(status, doc_get_string(root, "reason"), doc_get_string(root, "message"),
                        asked, err);
    }
    return fill(status, SV_NONE, plain_words(body), asked, err);
}

bool kube_status_continue(struct sv body, struct str *token)
{
    _cleanup_doc_ struct doc_file doc = {0};
    if (doc_parse_json(&doc, "answer", body, NULL, NULL) || !doc.part_count)
        return false;
    struct sv found = doc_get_string(doc_get(doc.parts[0].root, "metadata"), "continue");
    str_addv(token, found);
    return found.len > 0;
}

bool kube_warning_parse(struct sv header, struct str *text)
{
    if (!sv_starts(header, "299 "))
        return false;
    const char *quote = memchr(header.ptr, '"', header.len);
    const char *end = header.ptr + header.len;
    for (const char *p = quote ? quote + 1 : end; p < end && *p != '"'; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
        str_addc(text, (char)((unsigned char)*p < 0x20 ? ' ' : *p));
    }
    return quote != NULL;
}
