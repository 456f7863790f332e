#include "pocket/life/image.h"

#include "base/cleanup.h"
#include "base/version.h"

#include <stdio.h>

/* Images of Amazon Linux built on this day and later, the newest first. */
static const struct {
    const char *from, *al2023, *kernel_6_1, *kernel_6_12, *kernel_5_10, *containerd;
} builds[] = {
    {"20251001", "Amazon Linux 2023.9.20251020", "6.1.155-176.282", "6.12.46-66.121",
     "5.10.245-241.976", "1.7.28"},
    {"20250801", "Amazon Linux 2023.8.20250908", "6.1.150-174.273", "6.12.40-64.114",
     "5.10.240-238.959", "1.7.27"},
    {"20250401", "Amazon Linux 2023.7.20250414", "6.1.132-147.221", "6.12.22-27.96",
     "5.10.236-228.935", "1.7.27"},
    {"20250101", "Amazon Linux 2023.6.20250107", "6.1.119-129.201", "6.12.22-27.96",
     "5.10.230-223.885", "1.7.23"},
    {"", "Amazon Linux 2023", "6.1.79-99.167", "6.12.22-27.96", "5.10.210-201.852", "1.7.11"},
};
#define KERNEL_5_4 "5.4.253-167.359"
#define DOCKER "docker://20.10.23"
#define CONTAINERD_2 "2.1.4"

/* Minor versions of Kubernetes in which the images changed. */
#define AL2_CONTAINERD 24
#define AL2_KERNEL_5_10 24
#define AL2023_KERNEL_6_12 33
#define ALL_CONTAINERD_2 34

static size_t build_of(struct sv release)
{
    struct sv date = release, patch = sv_split(&date, '-');
    size_t i = 0;
    if (!patch.len || !date.len)
        return 0;
    while (i + 1 < ARRAY_LEN(builds) && sv_cmp(date, sv_of(builds[i].from)) < 0)
        i++;
    return i;
}

static void amazon_linux(bool two, size_t build, unsigned minor, const char *arch,
                         struct image_system *out)
{
    const char *cpu = strcmp(arch, "arm64") == 0 ? "aarch64" : "x86_64";
    bool docker = two && minor < AL2_CONTAINERD;
    const char *kernel = two ? minor < AL2_KERNEL_5_10 ? KERNEL_5_4 : builds[build].kernel_5_10
                         : minor < AL2023_KERNEL_6_12 ? builds[build].kernel_6_1
                                                      : builds[build].kernel_6_12;
    snprintf(out->os, sizeof out->os, "%s", two ? "Amazon Linux 2" : builds[build].al2023);
    snprintf(out->kernel, sizeof out->kernel, "%s.%s.%s", kernel, two ? "amzn2" : "amzn2023", cpu);
    snprintf(out->runtime, sizeof out->runtime, "%s%s", docker ? "" : "containerd://",
             docker                      ? DOCKER
             : minor >= ALL_CONTAINERD_2 ? CONTAINERD_2
                                         : builds[build].containerd);
}

/* Its kernel goes with the version of Kubernetes it is for, which is in its name, too. */
static void bottlerocket(struct sv ami_type, struct sv release, unsigned minor,
                         struct image_system *out)
{
    struct sv version = sv_split(&release, '-');
    const char *kernel = minor < 24   ? "5.10.245"
                         : minor < 28 ? "5.15.194"
                         : minor < 33 ? "6.1.155"
                                      : "6.12.46";
    snprintf(out->os, sizeof out->os, "Bottlerocket OS %.*s (aws-k8s-1.%u%s%s)",
             version.len ? (int)version.len : 6, version.len ? version.ptr : "1.49.0", minor,
             sv_has(ami_type, "_NVIDIA") ? "-nvidia" : "",
             sv_has(ami_type, "_FIPS") ? "-fips" : "");
    snprintf(out->kernel, sizeof out->kernel, "%s", kernel);
    snprintf(out->runtime, sizeof out->runtime, "containerd://%s+bottlerocket",
             minor >= ALL_CONTAINERD_2 ? CONTAINERD_2 : builds[0].containerd);
}

void image_system_of(struct sv ami_type, struct sv release, struct sv kubelet, const char *arch,
                     struct image_system *out)
{
    struct version v = VERSION_NONE;
    version_parse(kubelet, &v);
    if (sv_starts(ami_type, "BOTTLEROCKET_"))
        bottlerocket(ami_type, release, v.minor, out);
    else
        amazon_linux(sv_starts(ami_type, "AL2_"), build_of(release), v.minor, arch, out);
}
