#include "net/curl_api.h"

#include <dlfcn.h>

#define OLDEST 0x075500 /* 7.85.0: certificates and keys as blobs, protocols by name */

int curl_api_load(struct curl_api *api, struct err *err)
{
    *api = (struct curl_api){0};
    /* Not unloaded again: OpenSSL registers handlers that run at exit. */
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        err_set(err, ERR_LOCAL, "cannot load the HTTP library: %s", dlerror());
        return err_hint(err, "install libcurl (Debian, Ubuntu: apt install libcurl4)");
    }
    bool complete = true;
#define CURL_API_LOAD(name)                                                                        \
    complete = (*(void **)&api->name = dlsym(library, "curl_" #name)) != NULL && complete;
    CURL_API_EACH(CURL_API_LOAD)
    *(void **)&api->ssl_ctx_cert_store = dlsym(library, "SSL_CTX_get_cert_store");
    if (!complete || api->version_info(CURLVERSION_NOW)->version_num < OLDEST) {
        dlclose(library);
        *api = (struct curl_api){0};
        return err_set(err, ERR_LOCAL, "libcurl is older than 7.85.0");
    }
    api->version = api->version_info(CURLVERSION_NOW)->version_num;
    if (api->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        dlclose(library);
        *api = (struct curl_api){0};
        return err_set(err, ERR_LOCAL, "libcurl cannot be initialised");
    }
    api->library = library;
    return 0;
}

void curl_api_release(struct curl_api *api)
{
    if (!api || !api->library)
        return;
    api->global_cleanup();
    dlclose(api->library);
    *api = (struct curl_api){0};
}

bool curl_api_http2(const struct curl_api *api)
{
    return api->version >= 0x080500 &&
           (api->version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2) != 0;
}
