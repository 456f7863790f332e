#include "ops/replace/ami.h"

#include "base/cleanup.h"

#include <string.h>

const char *const ami_family_names[] = {"AL2", "AL2023", "Bottlerocket", "Windows", "CUSTOM"};

static const struct ami_type types[] = {
    {"AL2_x86_64", AMI_AL2, "amd64", ""},
    {"AL2_x86_64_GPU", AMI_AL2, "amd64", "nvidia"},
    {"AL2_ARM_64", AMI_AL2, "arm64", ""},
    {"AL2023_x86_64_STANDARD", AMI_AL2023, "amd64", ""},
    {"AL2023_ARM_64_STANDARD", AMI_AL2023, "arm64", ""},
    {"AL2023_x86_64_NVIDIA", AMI_AL2023, "amd64", "nvidia"},
    {"AL2023_ARM_64_NVIDIA", AMI_AL2023, "arm64", "nvidia"},
    {"AL2023_x86_64_NEURON", AMI_AL2023, "amd64", "neuron"},
    {"BOTTLEROCKET_x86_64", AMI_BOTTLEROCKET, "amd64", ""},
    {"BOTTLEROCKET_x86_64_FIPS", AMI_BOTTLEROCKET, "amd64", "fips"},
    {"BOTTLEROCKET_x86_64_NVIDIA", AMI_BOTTLEROCKET, "amd64", "nvidia"},
    {"BOTTLEROCKET_x86_64_NVIDIA_FIPS", AMI_BOTTLEROCKET, "amd64", "nvidia-fips"},
    {"BOTTLEROCKET_ARM_64", AMI_BOTTLEROCKET, "arm64", ""},
    {"BOTTLEROCKET_ARM_64_FIPS", AMI_BOTTLEROCKET, "arm64", "fips"},
    {"BOTTLEROCKET_ARM_64_NVIDIA", AMI_BOTTLEROCKET, "arm64", "nvidia"},
    {"BOTTLEROCKET_ARM_64_NVIDIA_FIPS", AMI_BOTTLEROCKET, "arm64", "nvidia-fips"},
    {"WINDOWS_CORE_2019_x86_64", AMI_WINDOWS, "amd64", ""},
    {"WINDOWS_FULL_2019_x86_64", AMI_WINDOWS, "amd64", ""},
    {"WINDOWS_CORE_2022_x86_64", AMI_WINDOWS, "amd64", ""},
    {"WINDOWS_FULL_2022_x86_64", AMI_WINDOWS, "amd64", ""},
    {"WINDOWS_CORE_2025_x86_64", AMI_WINDOWS, "amd64", ""},
    {"WINDOWS_FULL_2025_x86_64", AMI_WINDOWS, "amd64", ""},
    {"CUSTOM", AMI_CUSTOM, NULL, ""},
};

const struct ami_type *ami_find(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

static int family_of(const char *name, enum ami_family *out, struct err *err)
{
    for (enum ami_family f = AMI_AL2; f <= AMI_BOTTLEROCKET; f++)
        if (sv_ieq(sv_of(name), sv_of(ami_family_names[f]))) {
            *out = f;
            return 0;
        }
    return err_set(err, ERR_USAGE, "AMI family '%s': expected al2, al2023 or bottlerocket", name);
}

const struct ami_type *ami_of_family(const struct ami_type *from, const char *family,
                                     struct err *err)
{
    enum ami_family wanted = from->family;
    if (family_of(family, &wanted, err) < 0)
        return NULL;
    for (size_t i = 0; from->arch && i < ARRAY_LEN(types); i++)
        if (types[i].family == wanted && types[i].arch && strcmp(types[i].arch, from->arch) == 0 &&
            strcmp(types[i].flavour, from->flavour) == 0)
            return &types[i];
    err_set(err, ERR_NOT_FOUND, "%s has no image for the machines of %s", ami_family_names[wanted],
            from->name);
    err_hint(err, "name the AMI type itself by --ami-type");
    return NULL;
}

bool ami_is_made_for(const struct ami_type *t, struct version kubernetes)
{
    static const struct version al2_end = {1, 33, 0, true};
    return t->family != AMI_AL2 || !kubernetes.set || !version_at_least(kubernetes, al2_end);
}
