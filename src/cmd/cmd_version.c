#include "base/jsonw.h"
#include "cmd/cmd.h"
#include "input/archive_api.h"
#include "net/curl_api.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <openssl/crypto.h>
#include <pcre2.h>
#include <sqlite3.h>
#include <xxhash.h>
#include <yaml.h>
#include <zlib.h>

struct library {
    const char *name;
    char version[64];
};

#define LIBRARY_COUNT 8

static void add(struct library **at, const char *name, const char *version)
{
    (*at)->name = name;
    snprintf((*at)->version, sizeof(*at)->version, "%s", version);
    (*at)->version[strcspn((*at)->version, " ")] = '\0';
    (*at)++;
}

static void add_archive(struct library **at)
{
    struct archive_api archive;
    bool loaded = archive_api_load(&archive, NULL) == 0;
    add(at, "libarchive", loaded ? archive.version_string() + strlen("libarchive ") : "missing");
}

static void add_curl(struct library **at)
{
    _cleanup_(curl_api_release) struct curl_api curl = {0};
    bool loaded = curl_api_load(&curl, NULL) == 0;
    add(at, "libcurl", loaded ? curl.version_info(CURLVERSION_NOW)->version : "missing");
}

/* What runs, not what was compiled against. */
static void ask_libraries(struct library list[static LIBRARY_COUNT])
{
    struct library *at = list;
    char xxhash[32], pcre2[64];
    unsigned n = XXH_versionNumber();
    snprintf(xxhash, sizeof xxhash, "%u.%u.%u", n / 10000, n / 100 % 100, n % 100);
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    add_archive(&at);
    add_curl(&at);
    add(&at, "libyaml", yaml_get_version_string());
    add(&at, "openssl", OpenSSL_version(OPENSSL_VERSION) + strlen("OpenSSL "));
    add(&at, "pcre2", pcre2);
    add(&at, "sqlite", sqlite3_libversion());
    add(&at, "xxhash", xxhash);
    add(&at, "zlib", zlibVersion());
}

static void print_json(const struct cmd_ctx *ctx, const struct library *list)
{
    _cleanup_str_ struct str text = {0};
    struct jsonw w;
    jsonw_init(&w, &text, 2);
    jsonw_object(&w);
    jsonw_kv_str(&w, "schema", "toban.version/v1");
    jsonw_kv_str(&w, "version", TOBAN_VERSION);
    jsonw_kv_str(&w, "compiler", __VERSION__);
    jsonw_key(&w, "libraries");
    jsonw_object(&w);
    for (size_t i = 0; i < LIBRARY_COUNT; i++)
        jsonw_kv_str(&w, list[i].name, list[i].version);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    fprintf(ctx->out, "%s\n", str_c(&text));
}

static int run_version(struct cmd_ctx *ctx, struct err *err)
{
    struct library list[LIBRARY_COUNT] = {0};
    bool json = strcmp(cmd_value(ctx, "output"), "json") == 0;
    if (json || cmd_given(ctx, "verbose"))
        ask_libraries(list);
    if (json) {
        print_json(ctx, list);
        return CMD_OK;
    }
    fprintf(ctx->out, "toban %s\n", TOBAN_VERSION);
    for (size_t i = 0; cmd_given(ctx, "verbose") && i < LIBRARY_COUNT; i++)
        fprintf(ctx->out, "%-11s %s\n", list[i].name, list[i].version);
    return CMD_OK;
}

static const char *const formats[] = {"text", "json", NULL};
static const char *const synopsis[] = {"[--verbose] [-o text|json]", NULL};
static const char *const about[] = {
    "Prints the version of toban. With `--verbose` also those of the libraries it runs with, which "
    "belong into a bug report.",
    NULL,
};
static const struct cmd_option options[] = {
    {.name = "output",
     .letter = 'o',
     .takes = CMD_TAKES_WORD,
     .arg = "FORMAT",
     .words = formats,
     .fallback = "text",
     .help = "how to print it; `json` always has all"},
    {.name = "verbose", .letter = 'v', .help = "print the libraries as well"},
    {0},
};

const struct cmd cmd_version = {
    .name = "version",
    .summary = "print the version",
    .synopsis = synopsis,
    .about = about,
    .options = options,
    .run = run_version,
};
