#include "pocket/aws/images.h"

#include "base/must.h"
#include "base/version.h"
#include "cloud/ssm.h"

#include <xxhash.h>

/* The last patch that EKS released of each version, and the one before. */
static const struct {
    const char *version, *patch, *before;
} patches[] = {
    {"1.21", "1.21.14", "1.21.12"}, {"1.22", "1.22.17", "1.22.15"}, {"1.23", "1.23.17", "1.23.16"},
    {"1.24", "1.24.17", "1.24.16"}, {"1.25", "1.25.16", "1.25.15"}, {"1.26", "1.26.15", "1.26.14"},
    {"1.27", "1.27.16", "1.27.15"}, {"1.28", "1.28.15", "1.28.13"}, {"1.29", "1.29.15", "1.29.13"},
    {"1.30", "1.30.14", "1.30.13"}, {"1.31", "1.31.13", "1.31.12"}, {"1.32", "1.32.9", "1.32.8"},
    {"1.33", "1.33.5", "1.33.4"},   {"1.34", "1.34.1", "1.34.0"},
};
const char *const images_versions[] = {"1.21", "1.22", "1.23", "1.24", "1.25",
                                       "1.26", "1.27", "1.28", "1.29", "1.30",
                                       "1.31", "1.32", "1.33", "1.34", NULL};

#define DATE_NEWEST "20251103"
#define DATE_BEFORE "20250920"
#define BOTTLEROCKET_NEWEST "1.49.0-713f44ce"
#define BOTTLEROCKET_BEFORE "1.47.0-5b1e2f6a"

/* From which version to which EKS releases a family. */
static const struct {
    const char *prefix, *first, *last;
} families[] = {
    {"AL2_", "1.21", "1.32"},
    {"AL2023_", "1.23", "1.34"},
    {"BOTTLEROCKET_", "1.21", "1.34"},
};

static const char *const types[] = {
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "AL2_ARM_64",
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
};

int images_version_place(const char *version)
{
    for (int i = 0; version && images_versions[i]; i++)
        if (strcmp(images_versions[i], version) == 0)
            return i;
    return -1;
}

const char *images_patch(const char *version)
{
    int place = images_version_place(version);
    return place < 0 ? NULL : patches[place].patch;
}

bool images_known_type(const char *ami_type)
{
    for (size_t i = 0; ami_type && i < ARRAY_LEN(types); i++)
        if (strcmp(types[i], ami_type) == 0)
            return true;
    return false;
}

const char *images_arch(const char *ami_type)
{
    if (!images_known_type(ami_type))
        return NULL;
    return strstr(ami_type, "ARM_64") ? "arm64" : "x86_64";
}

bool images_offered(const char *ami_type, const char *version)
{
    int place = images_version_place(version);
    for (size_t i = 0; images_known_type(ami_type) && i < ARRAY_LEN(families); i++)
        if (strncmp(ami_type, families[i].prefix, strlen(families[i].prefix)) == 0)
            return place >= images_version_place(families[i].first) &&
                   place <= images_version_place(families[i].last);
    return false;
}

static bool is_bottlerocket(const char *ami_type)
{
    return ami_type && strncmp(ami_type, "BOTTLEROCKET_", 13) == 0;
}

const char *images_release(const char *ami_type, const char *version, bool newest,
                           struct arena *arena)
{
    if (!images_offered(ami_type, version))
        return NULL;
    if (is_bottlerocket(ami_type))
        return newest ? BOTTLEROCKET_NEWEST : BOTTLEROCKET_BEFORE;
    int place = images_version_place(version);
    return mem_must(arena_fmt(arena, "%s-%s", newest ? patches[place].patch : patches[place].before,
                              newest ? DATE_NEWEST : DATE_BEFORE));
}

static bool is_date(struct sv text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len == 8;
}

/* Which dates there were is not kept: what is written as a release of that version is one. */
bool images_release_fits(const char *ami_type, const char *version, const char *release)
{
    struct sv date = sv_of(release), patch = sv_split(&date, '-');
    struct version of, wanted;
    if (!images_offered(ami_type, version) || !version_parse(patch, &of) || !date.ptr)
        return false;
    if (is_bottlerocket(ami_type))
        return date.len == 8 && of.major == 1;
    return version_parse(sv_of(version), &wanted) && of.major == wanted.major &&
           of.minor == wanted.minor && is_date(date);
}

/* --- ids ----------------------------------------------------------------------------------- */

const char *images_id_of(const char *region, const char *ami_type, const char *release,
                         struct arena *arena)
{
    char text[256];
    int n = snprintf(text, sizeof text, "%s/%s/%s", region, ami_type, release);
    uint64_t hash = XXH3_64bits(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
    return mem_must(arena_fmt(arena, "ami-0%016llx", (unsigned long long)hash));
}

const char *images_id(struct account *a, const struct eks_nodegroup *spec)
{
    return images_id_of(a->region, spec && spec->ami_type ? spec->ami_type : "custom",
                        spec && spec->release ? spec->release : "", &a->arena);
}

const char *images_kubelet(const struct eks_nodegroup *spec, struct arena *arena)
{
    const char *release = spec->release ? spec->release : "";
    int place = images_version_place(spec->version);
    const char *patch = place >= 0 ? patches[place].patch : "1.31.13";
    int n = (int)strcspn(release, "-");
    if (place >= 0 && strcmp(release, BOTTLEROCKET_BEFORE) == 0)
        patch = patches[place].before;
    if (is_bottlerocket(spec->ami_type) || !release[n])
        return mem_must(arena_fmt(arena, "v%s-eks-113cf36", patch));
    return mem_must(arena_fmt(arena, "v%.*s-eks-113cf36", n, release));
}

/* --- SSM ----------------------------------------------------------------------------------- */

/* What a parameter's name ends with: the release, or the image's id. */
static const char *value_of(const char *region, const char *name, const char *base,
                            const char *ami_type, const char *release, struct arena *arena)
{
    size_t stem = (size_t)(strrchr(base, '/') - base);
    if (strcmp(name, base) == 0)
        return release;
    if (strncmp(name, base, stem) == 0 && strcmp(name + stem, "/image_id") == 0)
        return images_id_of(region, ami_type, release, arena);
    return NULL;
}

const char *images_parameter(const char *region, const char *name, struct arena *arena)
{
    for (size_t t = 0; t < ARRAY_LEN(types); t++) {
        for (size_t v = 0; images_versions[v]; v++) {
            _cleanup_str_ struct str base = {0};
            const char *release = images_release(types[t], images_versions[v], true, arena);
            if (!release || !ssm_release_parameter(types[t], images_versions[v], &base))
                continue;
            const char *value = value_of(region, name, str_c(&base), types[t], release, arena);
            if (value)
                return value;
        }
    }
    return NULL;
}
