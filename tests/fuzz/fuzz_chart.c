/* Any bytes as a Chart.yaml, as a requirements.yaml, and as what helm prints. */
#include "fuzz.h"

#include "input/helm.h"

#include <stdlib.h>

static void read_as_chart(struct sv text)
{
    _cleanup_arena_ struct arena arena = {0};
    struct input_chart chart = {0};
    struct err err = {0};
    int rc = chart_parse(&arena, "Chart.yaml", text, &chart, &err);
    if (rc < 0 ? !err.msg[0] : !chart.name[0] || !chart.version || !chart.app_version)
        abort();
    size_t before = chart.dependency_count;
    if (chart_parse_requirements(&arena, "requirements.yaml", text, &chart, NULL) == 0 &&
        chart.dependency_count < before)
        abort();
    for (size_t i = 0; i < chart.dependency_count; i++)
        if (!chart.dependencies[i].name || !chart.dependencies[i].version)
            abort();
}

/* The documents are parts of the text, in order and without overlap. */
static void read_as_output(struct sv text)
{
    _cleanup_input_ struct input_list list = {0};
    struct collect c = {.list = &list};
    struct chart chart = {.info = {.name = "c", .path = "c"}, .full_name = "c"};
    chart.top = &chart;
    helm_add_documents(&c, &chart, text);
    const char *at = text.ptr;
    vec_foreach(item, &list.items) {
        if ((*item)->text.ptr < at || (*item)->text.ptr + (*item)->text.len > text.ptr + text.len)
            abort();
        at = (*item)->text.ptr + (*item)->text.len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sv text = {(const char *)data, size};
    read_as_chart(text);
    read_as_output(text);
    return 0;
}
