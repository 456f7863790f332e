#include "input/archive_api.h"

#include <dlfcn.h>

int archive_api_load(struct archive_api *api, struct err *err)
{
    *api = (struct archive_api){0};
    void *library = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) {
        err_set(err, ERR_LOCAL, "cannot load the library that unpacks charts: %s", dlerror());
        return err_hint(err, "install libarchive (Debian, Ubuntu: apt install libarchive13), or "
                             "unpack the chart");
    }
    bool complete = true;
#define ARCHIVE_API_LOAD(name)                                                                     \
    complete = (*(void **)&api->name = dlsym(library, "archive_" #name)) != NULL && complete;
    ARCHIVE_API_EACH(ARCHIVE_API_LOAD)
    dlclose(library);
    return complete ? 0 : err_set(err, ERR_LOCAL, "libarchive lacks a function that toban needs");
}
