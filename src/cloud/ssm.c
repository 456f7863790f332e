#include "cloud/ssm.h"

#include "cloud/ops.h"

struct ask {
    const char *name;
    enum shape_flag decrypt;
};
static const struct shape_field ask_fields[] = {
    SHAPE_FIELD(struct ask, SHAPE_TEXT, "Name", name),
    SHAPE_FIELD(struct ask, SHAPE_BOOL, "WithDecryption", decrypt),
};
static const struct shape in_get = SHAPE(struct ask, ask_fields);

#define PARAMETER(kind, name, member) SHAPE_FIELD(struct ssm_parameter, kind, name, member)
static const struct shape_field parameter_fields[] = {
    SHAPE_MUST(struct ssm_parameter, SHAPE_TEXT, "Name", name),
    SHAPE_MUST(struct ssm_parameter, SHAPE_TEXT, "Value", value),
    PARAMETER(SHAPE_TEXT, "Type", type),
    PARAMETER(SHAPE_INT, "Version", version),
    PARAMETER(SHAPE_TIME, "LastModifiedDate", modified),
};
static const struct shape parameter = SHAPE(struct ssm_parameter, parameter_fields);
static const struct shape_field get_answer[] = {
    {.name = "Parameter", .kind = SHAPE_STRUCT, .must = true, .offset = 0, .of = &parameter},
};
static const struct shape out_get = SHAPE(struct ssm_parameter, get_answer);

const struct cloud_op ssm_op_get_parameter = {.service = &aws_service_ssm,
                                              .action = "GetParameter",
                                              .in = &in_get,
                                              .out = &out_get,
                                              .repeats = true};

int ssm_get_parameter(struct aws_client *c, const char *name, struct arena *arena,
                      struct ssm_parameter *out, struct err *err)
{
    const struct ask ask = {name, SHAPE_YES};
    *out = (struct ssm_parameter){0};
    if (cloud_op_call(c, &ssm_op_get_parameter, &ask, arena, out, err))
        return err_wrap(err, "parameter '%s'", name ? name : "");
    return 0;
}

/* --- releases of machine images ------------------------------------------------------------- */

#define OPTIMIZED "/aws/service/eks/optimized-ami/%s/"
#define BOTTLEROCKET "/aws/service/bottlerocket/aws-k8s-%s"

/* %s: the Kubernetes version. */
static const struct {
    const char *ami_type, *path;
} releases[] = {
    {"AL2_x86_64", OPTIMIZED "amazon-linux-2/recommended/release_version"},
    {"AL2_x86_64_GPU", OPTIMIZED "amazon-linux-2-gpu/recommended/release_version"},
    {"AL2_ARM_64", OPTIMIZED "amazon-linux-2-arm64/recommended/release_version"},
    {"AL2023_x86_64_STANDARD",
     OPTIMIZED "amazon-linux-2023/x86_64/standard/recommended/release_version"},
    {"AL2023_ARM_64_STANDARD",
     OPTIMIZED "amazon-linux-2023/arm64/standard/recommended/release_version"},
    {"AL2023_x86_64_NEURON",
     OPTIMIZED "amazon-linux-2023/x86_64/neuron/recommended/release_version"},
    {"AL2023_x86_64_NVIDIA",
     OPTIMIZED "amazon-linux-2023/x86_64/nvidia/recommended/release_version"},
    {"AL2023_ARM_64_NVIDIA",
     OPTIMIZED "amazon-linux-2023/arm64/nvidia/recommended/release_version"},
    {"BOTTLEROCKET_x86_64", BOTTLEROCKET "/x86_64/latest/image_version"},
    {"BOTTLEROCKET_ARM_64", BOTTLEROCKET "/arm64/latest/image_version"},
    {"BOTTLEROCKET_x86_64_FIPS", BOTTLEROCKET "-fips/x86_64/latest/image_version"},
    {"BOTTLEROCKET_ARM_64_FIPS", BOTTLEROCKET "-fips/arm64/latest/image_version"},
    {"BOTTLEROCKET_x86_64_NVIDIA", BOTTLEROCKET "-nvidia/x86_64/latest/image_version"},
    {"BOTTLEROCKET_ARM_64_NVIDIA", BOTTLEROCKET "-nvidia/arm64/latest/image_version"},
    {"BOTTLEROCKET_x86_64_NVIDIA_FIPS", BOTTLEROCKET "-nvidia-fips/x86_64/latest/image_version"},
    {"BOTTLEROCKET_ARM_64_NVIDIA_FIPS", BOTTLEROCKET "-nvidia-fips/arm64/latest/image_version"},
};

bool ssm_release_parameter(const char *ami_type, const char *version, struct str *out)
{
    for (size_t i = 0; i < ARRAY_LEN(releases); i++) {
        const char *path = releases[i].path, *gap = strstr(path, "%s");
        if (strcmp(releases[i].ami_type, ami_type) != 0)
            continue;
        str_add(out, path, (size_t)(gap - path));
        str_adds(out, version);
        str_adds(out, gap + 2);
        return true;
    }
    return false;
}

int ssm_newest_release(struct aws_client *c, const char *ami_type, const char *version,
                       struct arena *arena, const char **out, struct err *err)
{
    _cleanup_str_ struct str name = {0};
    struct ssm_parameter parameter_found;
    *out = NULL;
    if (!ssm_release_parameter(ami_type, version, &name)) {
        err_set(err, ERR_INPUT, "AWS tells no newest release of the AMI type %s", ami_type);
        return err_hint(err, "name the release yourself");
    }
    if (ssm_get_parameter(c, str_c(&name), arena, &parameter_found, err))
        return err_wrap(err, "newest release of %s for Kubernetes %s", ami_type, version);
    *out = parameter_found.value;
    return 0;
}
