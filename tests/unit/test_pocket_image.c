/* What nodes say of their machines, by family and release of the image. */
#include "pocket/life/image.h"

#include "base/cleanup.h"
#include "unit.h"

struct row {
    const char *ami_type, *release, *kubelet, *arch, *os, *kernel, *runtime;
};

static void check(const struct row *r)
{
    struct image_system is;
    image_system_of(sv_of(r->ami_type), sv_of(r->release), sv_of(r->kubelet), r->arch, &is);
    assert_string_equal(is.os, r->os);
    assert_string_equal(is.kernel, r->kernel);
    assert_string_equal(is.runtime, r->runtime);
}

static void each_family_is_told(void **state)
{
    static const struct row rows[] = {
        {"AL2_x86_64", "1.23.17-20230825", "v1.23.17-eks-1", "amd64", "Amazon Linux 2",
         "5.4.253-167.359.amzn2.x86_64", "docker://20.10.23"},
        {"AL2_x86_64_GPU", "1.24.17-20240129", "v1.24.17-eks-1", "amd64", "Amazon Linux 2",
         "5.10.210-201.852.amzn2.x86_64", "containerd://1.7.11"},
        {"AL2_ARM_64", "1.31.13-20251103", "v1.31.13-eks-1", "arm64", "Amazon Linux 2",
         "5.10.245-241.976.amzn2.aarch64", "containerd://1.7.28"},
        {"AL2023_x86_64_STANDARD", "1.31.13-20251103", "v1.31.13-eks-1", "amd64",
         "Amazon Linux 2023.9.20251020", "6.1.155-176.282.amzn2023.x86_64", "containerd://1.7.28"},
        {"AL2023_ARM_64_STANDARD", "1.31.12-20250920", "v1.31.12-eks-1", "arm64",
         "Amazon Linux 2023.8.20250908", "6.1.150-174.273.amzn2023.aarch64", "containerd://1.7.27"},
        {"AL2023_x86_64_NVIDIA", "1.33.5-20251103", "v1.33.5-eks-1", "amd64",
         "Amazon Linux 2023.9.20251020", "6.12.46-66.121.amzn2023.x86_64", "containerd://1.7.28"},
        {"AL2023_x86_64_STANDARD", "1.34.1-20251103", "v1.34.1-eks-1", "amd64",
         "Amazon Linux 2023.9.20251020", "6.12.46-66.121.amzn2023.x86_64", "containerd://2.1.4"},
        {"BOTTLEROCKET_x86_64", "1.47.0-5b1e2f6a", "v1.31.12-eks-1", "amd64",
         "Bottlerocket OS 1.47.0 (aws-k8s-1.31)", "6.1.155", "containerd://1.7.28+bottlerocket"},
        {"BOTTLEROCKET_ARM_64_NVIDIA_FIPS", "1.49.0-713f44ce", "v1.34.1-eks-1", "arm64",
         "Bottlerocket OS 1.49.0 (aws-k8s-1.34-nvidia-fips)", "6.12.46",
         "containerd://2.1.4+bottlerocket"},
        {"BOTTLEROCKET_x86_64", "", "v1.23.16-eks-1", "amd64",
         "Bottlerocket OS 1.49.0 (aws-k8s-1.23)", "5.10.245", "containerd://1.7.28+bottlerocket"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&rows[i]);
}

/* Custom images, and releases that nobody wrote down. */
static void what_is_not_known_is_the_newest_al2023(void **state)
{
    static const struct row rows[] = {
        {"CUSTOM", "", "v1.31.13-eks-1", "amd64", "Amazon Linux 2023.9.20251020",
         "6.1.155-176.282.amzn2023.x86_64", "containerd://1.7.28"},
        {"", "odd", "v1.31.13-eks-1", "amd64", "Amazon Linux 2023.9.20251020",
         "6.1.155-176.282.amzn2023.x86_64", "containerd://1.7.28"},
        {"AL2023_x86_64_STANDARD", "1.29.0-20240202", "v1.29.0-eks-1", "amd64", "Amazon Linux 2023",
         "6.1.79-99.167.amzn2023.x86_64", "containerd://1.7.11"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_family_is_told),
        cmocka_unit_test(what_is_not_known_is_the_newest_al2023),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
