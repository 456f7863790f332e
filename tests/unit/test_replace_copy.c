/* The green group in the image of the blue one: names, images, what is carried over and what is
 * not. */
#include "base/base64.h"
#include "ops/replace/ami.h"
#include "ops/replace/copy.h"
#include "ops/replace/user_data.h"

#include <string.h>

#include "unit.h"

/* ---- names ---- */

static const char *name_after(const char *blue, const char *const *taken, struct arena *a)
{
    struct err err = {0};
    const char *out = NULL;
    assert_int_equal(replace_name(blue, taken, a, &out, &err), 0);
    assert_true(strlen(out) <= REPLACE_NAME_MAX);
    return out;
}

static void names_alternate_or_count(void **state)
{
    static const char *const none[] = {NULL};
    static const struct {
        const char *blue, *green;
    } cases[] = {
        {"web", "web-green"},
        {"web-green", "web-blue"},
        {"web-blue", "web-green"},
        {"web-3", "web-4"},
        {"web-99", "web-100"},
        {"web-0", "web-0-green"}, /* no number that counts */
        {"web-20231105", "web-20231105-green"},
        {"-green", "-green-green"},
        {"m5xlarge", "m5xlarge-green"},
        {"a-green-2", "a-blue"},
    };
    _cleanup_arena_ struct arena a = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(name_after(cases[i].blue, none, &a), cases[i].green);
}

static void taken_names_are_passed_over(void **state)
{
    static const char *const taken[] = {"web-green", "web-green-2", "db-2", "db-3", NULL};
    _cleanup_arena_ struct arena a = {0};
    assert_string_equal(name_after("web", taken, &a), "web-green-3");
    assert_string_equal(name_after("db-1", taken, &a), "db-4");
}

static void long_names_are_cut(void **state)
{
    static const char *const none[] = {NULL};
    _cleanup_arena_ struct arena a = {0};
    char blue[REPLACE_NAME_MAX + 1];
    memset(blue, 'x', sizeof blue - 1);
    blue[sizeof blue - 1] = '\0';
    blue[56] = '-';
    const char *green = name_after(blue, none, &a);
    assert_int_equal(strlen(green), 62); /* no two dashes in a row */
    assert_string_equal(green + 56, "-green");
}

/* ---- AMI ---- */

static void families_keep_the_machines(void **state)
{
    static const struct {
        const char *from, *family, *to;
    } cases[] = {
        {"AL2_x86_64", "bottlerocket", "BOTTLEROCKET_x86_64"},
        {"AL2_ARM_64", "Bottlerocket", "BOTTLEROCKET_ARM_64"},
        {"AL2_x86_64_GPU", "al2023", "AL2023_x86_64_NVIDIA"},
        {"BOTTLEROCKET_ARM_64_NVIDIA", "al2023", "AL2023_ARM_64_NVIDIA"},
        {"AL2_x86_64", "al2023", "AL2023_x86_64_STANDARD"},
    };
    struct err err = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(ami_of_family(ami_find(cases[i].from), cases[i].family, &err)->name,
                            cases[i].to);
    assert_null(ami_of_family(ami_find("AL2023_x86_64_NEURON"), "bottlerocket", &err));
    assert_int_equal(err.class, ERR_NOT_FOUND);
    assert_null(ami_of_family(ami_find("AL2_x86_64"), "ubuntu", &err));
    assert_int_equal(err.class, ERR_USAGE);
    assert_null(ami_find("AL2"));
}

static void al2_ends(void **state)
{
    struct version v32 = {1, 32, 0, true}, v33 = {1, 33, 0, true};
    assert_true(ami_is_made_for(ami_find("AL2_x86_64"), v32));
    assert_false(ami_is_made_for(ami_find("AL2_x86_64"), v33));
    assert_true(ami_is_made_for(ami_find("AL2023_x86_64_STANDARD"), v33));
}

/* ---- user data ---- */

static const char multipart[] =
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"==B==\"\r\n\r\n--==B==\r\n"
    "Content-Type: text/x-shellscript\r\n\r\n#!/bin/bash\nset -e\n/etc/eks/bootstrap.sh prod "
    "--use-max-pods false --kubelet-extra-args '--max-pods=110 --cluster-dns 10.1.0.10 "
    "--secret-token=hush'\n\r\n--==B==\r\nContent-Type: application/node.eks.aws\r\n\r\n"
    "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n\r\n--==B==--\r\n";

static void take_words(void *ctx, const struct user_data_loss *loss)
{
    str_addf(ctx, "%s|%s\n", loss->what, loss->instead ? loss->instead : "-");
}

static void losses_of(const char *text, enum ami_family to, struct str *out)
{
    _cleanup_str_ struct str encoded = {0};
    struct user_data u;
    struct err err = {0};
    base64_encode(sv_of(text), &encoded);
    assert_int_equal(user_data_read(str_c(&encoded), &u, &err), 0);
    str_reset(out);
    user_data_losses(&u, to, take_words, out);
    user_data_release(&u);
}

static void what_bottlerocket_cannot_take_is_named(void **state)
{
    _cleanup_str_ struct str out = {0};
    losses_of(multipart, AMI_BOTTLEROCKET, &out);
    assert_string_equal(
        str_c(&out),
        "the shell script|settings in TOML; what has to run: a bootstrap container or a DaemonSet\n"
        "--use-max-pods of bootstrap.sh|settings.kubernetes.max-pods\n"
        "--max-pods of bootstrap.sh|settings.kubernetes.max-pods\n"
        "--cluster-dns of bootstrap.sh|settings.kubernetes.cluster-dns-ip\n"
        "the NodeConfig|settings in TOML\n");
    assert_false(sv_has(str_sv(&out), "hush"));
}

static void each_family_takes_its_own(void **state)
{
    _cleanup_str_ struct str out = {0};
    losses_of("#!/bin/sh\necho\n", AMI_AL2, &out);
    assert_string_equal(str_c(&out), "");
    losses_of("#!/bin/sh\necho\n", AMI_AL2023, &out);
    assert_string_equal(str_c(&out), "");
    losses_of("# ours\n[settings.kubernetes]\nmax-pods = 58\n", AMI_BOTTLEROCKET, &out);
    assert_string_equal(str_c(&out), "");
    losses_of("[settings.kubernetes]\nmax-pods = 58\n", AMI_AL2023, &out);
    assert_string_equal(str_c(&out),
                        "the Bottlerocket settings|a NodeConfig for nodeadm, and shell scripts\n");
    losses_of("#!/bin/sh\n/etc/eks/bootstrap.sh prod --dns-cluster-ip 10.0.0.10\n", AMI_AL2023,
              &out);
    assert_string_equal(str_c(&out),
                        "the call of /etc/eks/bootstrap.sh, which this image does not have|a "
                        "NodeConfig for nodeadm\n"
                        "--dns-cluster-ip of bootstrap.sh|spec.kubelet.config.clusterDNS\n");
    losses_of(multipart, AMI_CUSTOM, &out);
    assert_string_equal(str_c(&out), "");
}

static void bad_user_data_is_refused(void **state)
{
    struct user_data u;
    struct err err = {0};
    static char large[2 * USER_DATA_MAX];
    memset(large, 'A', sizeof large - 1);
    assert_int_equal(user_data_read(NULL, &u, &err), 0);
    assert_int_equal(u.parts.len, 0);
    assert_int_equal(user_data_read("*", &u, &err), -1);
    assert_int_equal(err.class, ERR_INPUT);
    user_data_release(&u);
    assert_int_equal(user_data_read(large, &u, &err), -1);
    assert_int_equal(err.class, ERR_LIMIT);
    user_data_release(&u);
}

/* ---- the whole ---- */

static const char *types_[] = {"m5.xlarge"};
static const char *subnets_[] = {"subnet-a", "subnet-b"};
static struct shape_pair tags_[] = {{"aws:cloudformation:stack-name", "s"},
                                    {"eks:cluster-name", "prod"},
                                    {"team", "shop"},
                                    {REPLACE_TAG_GROUP, "web-blue"}};
static struct shape_pair labels_[] = {{"tier", "front"}};

static struct eks_nodegroup group(void)
{
    struct eks_nodegroup g = {
        .name = "web-green",
        .cluster = "prod",
        .ami_type = "AL2_x86_64",
        .version = "1.31",
        .release = "1.31.0-20240801",
        .capacity_type = "ON_DEMAND",
        .role = "arn:aws:iam::111122223333:role/node",
        .arn = "arn:…",
        .status = "ACTIVE",
        .created = 1,
        .disk_gib = shape_int(80),
        .scaling = {shape_int(2), shape_int(10), shape_int(5)},
        .remote_access = {.ssh_key = "ops"},
    };
    g.instance_types = (struct shape_texts){types_, 1, 1};
    g.subnets = (struct shape_texts){subnets_, 2, 2};
    g.tags = (struct shape_pairs){tags_, ARRAY_LEN(tags_), ARRAY_LEN(tags_)};
    g.labels = (struct shape_pairs){labels_, 1, 1};
    return g;
}

struct copied {
    struct arena arena;
    struct preflight found;
    struct eks_nodegroup green;
    struct err err;
    int result;
};
static void copied_release(struct copied *c)
{
    preflight_release(&c->found);
    arena_release(&c->arena);
}

static void copy(struct copied *c, const struct eks_nodegroup *blue,
                 const struct replace_wish *wish, const struct replace_seen *seen)
{
    *c = (struct copied){0};
    c->result = replace_copy(blue, wish, seen, &c->arena, &c->green, &c->found, &c->err);
}

static const struct preflight_item *item(const struct copied *c, const char *id)
{
    vec_foreach(i, &c->found.items)
        if (strcmp(i->id, id) == 0)
            return i;
    return NULL;
}

static void a_copy_is_as_the_old_one(void **state)
{
    _cleanup_(copied_release) struct copied c;
    struct eks_nodegroup blue = group();
    copy(&c, &blue, &(struct replace_wish){0},
         &(struct replace_seen){.release = "1.31.4-20241201", .cluster_version = "1.31"});
    assert_int_equal(c.result, 0);
    assert_string_equal(c.green.name, "web-blue");
    assert_string_equal(c.green.release, "1.31.4-20241201");
    assert_string_equal(c.green.version, "1.31");
    assert_string_equal(c.green.ami_type, "AL2_x86_64");
    assert_string_equal(c.green.role, blue.role);
    assert_string_equal(c.green.remote_access.ssh_key, "ops");
    assert_int_equal(c.green.disk_gib.n, 80);
    assert_int_equal(c.green.scaling.desired.n, 5);
    assert_string_equal(c.green.labels.items[0].key, "tier");
    assert_null(c.green.arn);
    assert_null(c.green.status);
    assert_int_equal(c.green.tags.count, 2);
    assert_string_equal(c.green.tags.items[0].key, "team");
    assert_string_equal(c.green.tags.items[1].key, REPLACE_TAG_GROUP);
    assert_string_equal(c.green.tags.items[1].value, "web-green");
    assert_int_equal(c.found.items.len, 0);
    assert_string_equal(blue.tags.items[0].key, "aws:cloudformation:stack-name");
}

static void wishes_are_granted(void **state)
{
    static const char *other[] = {"m6i.xlarge", "m5.xlarge"}, *zone[] = {"subnet-b"};
    _cleanup_(copied_release) struct copied c;
    struct eks_nodegroup blue = group();
    struct replace_wish wish = {.name = "web-new",
                                .family = "bottlerocket",
                                .release = "1.26.2-360b7a38",
                                .capacity_type = "SPOT",
                                .instance_types = {other, 2, 2},
                                .subnets = {zone, 1, 1},
                                .desired = shape_int(12)};
    copy(&c, &blue, &wish, &(struct replace_seen){.release = "x"});
    assert_int_equal(c.result, 0);
    assert_string_equal(c.green.name, "web-new");
    assert_string_equal(c.green.ami_type, "BOTTLEROCKET_x86_64");
    assert_string_equal(c.green.release, "1.26.2-360b7a38");
    assert_string_equal(c.green.capacity_type, "SPOT");
    assert_int_equal(c.green.instance_types.count, 2);
    assert_int_equal(c.green.subnets.count, 1);
    assert_int_equal(c.green.scaling.desired.n, 12);
    assert_int_equal(c.green.scaling.max.n, 12);
}

static struct ec2_template_version template_of(const char *image, const char *user_data)
{
    return (struct ec2_template_version){
        .id = "lt-1", .name = "web", .data = {.image = image, .user_data = user_data}};
}

static void a_launch_template_rules_out_what_it_says(void **state)
{
    _cleanup_(copied_release) struct copied c;
    struct ec2_template_version t = template_of(NULL, NULL);
    struct eks_nodegroup blue = group();
    t.data.instance_type = "m5.large";
    blue.launch_template = (struct eks_launch_template){"lt-1", "web", "3"};
    copy(&c, &blue, &(struct replace_wish){.template_version = "4"},
         &(struct replace_seen){.launch_template = &t, .release = "r"});
    assert_string_equal(c.green.launch_template.id, "lt-1");
    assert_null(c.green.launch_template.name);
    assert_string_equal(c.green.launch_template.version, "4");
    assert_false(c.green.disk_gib.set);
    assert_null(c.green.remote_access.ssh_key);
    assert_int_equal(c.green.instance_types.count, 0);
    assert_int_equal(c.found.items.len, 0);
}

static void a_group_that_cannot_be_copied_says_what_is_missing(void **state)
{
    _cleanup_(copied_release) struct copied c;
    struct ec2_template_version t = template_of("ami-old", NULL);
    struct eks_nodegroup blue = group();
    struct replace_seen seen = {.launch_template = &t};
    blue.ami_type = "CUSTOM";
    blue.launch_template = (struct eks_launch_template){"lt-1", "web", "3"};
    copy(&c, &blue, &(struct replace_wish){0}, &seen);
    assert_int_equal(c.result, 0);
    const struct preflight_item *i = item(&c, "custom-image:web-green");
    assert_non_null(i);
    assert_true(i->blocks);
    assert_true(sv_has(sv_of(i->text), "launch template web"));
    assert_true(sv_has(sv_of(i->text), "ami-old"));
    assert_null(c.green.ami_type);
    assert_null(c.green.release);
    assert_null(c.green.version);
    copied_release(&c);
    copy(&c, &blue, &(struct replace_wish){.template_version = "4"}, &seen);
    assert_int_equal(preflight_open(&c.found), 0);
    copied_release(&c);
    copy(&c, &blue, &(struct replace_wish){.family = "al2023"}, &seen);
    assert_int_equal(c.result, -1);
    assert_int_equal(c.err.class, ERR_CONFLICT);
    copied_release(&c);
    blue = group();
    blue.ami_type = "WINDOWS_CORE_2022_x86_64";
    copy(&c, &blue, &(struct replace_wish){0}, &(struct replace_seen){0});
    assert_non_null(item(&c, "windows:web-green"));
    assert_int_equal(preflight_open(&c.found), 1);
}

static void what_would_be_lost_blocks(void **state)
{
    static const char *strange[] = {"placementGroup"};
    _cleanup_(copied_release) struct copied c;
    _cleanup_str_ struct str data = {0};
    base64_encode(SV("#!/bin/sh\nmount /data\n"), &data);
    struct ec2_template_version t = template_of("ami-1", str_c(&data));
    struct eks_nodegroup blue = group();
    blue.version = "1.33";
    blue.launch_template = (struct eks_launch_template){"lt-1", "web", "3"};
    blue.unknown = (struct shape_texts){strange, 1, 1};
    copy(&c, &blue, &(struct replace_wish){.family = "bottlerocket"},
         &(struct replace_seen){.launch_template = &t, .cluster_version = "1.32", .release = "1"});
    assert_true(item(&c, "user-data-lost:web-green")->blocks);
    assert_true(item(&c, "template-has-image:web-green")->blocks);
    assert_true(item(&c, "unknown-setting:web-green")->blocks);
    assert_true(item(&c, "newer-than-cluster:web-green")->blocks);
    assert_null(item(&c, "image-ended:web-green"));
    copied_release(&c);
    copy(&c, &blue, &(struct replace_wish){0}, &(struct replace_seen){0});
    assert_true(item(&c, "image-ended:web-green")->blocks);
    assert_true(item(&c, "template-unreadable:web-green")->blocks);
    assert_false(item(&c, "release-unknown:web-green")->blocks);
    assert_non_null(strstr(item(&c, "template-unreadable:web-green")->fix,
                           "run aws ec2 describe-launch-template-versions --launch-template-"));
    assert_non_null(strstr(item(&c, "release-unknown:web-green")->fix, "name it: --release"));
    assert_null(item(&c, "user-data-lost:web-green"));
}

static void bad_wishes_are_refused(void **state)
{
    static const char *const taken[] = {"web-x", NULL};
    static const struct {
        struct replace_wish wish;
        enum err_class class;
    } cases[] = {
        {{.name = "-x"}, ERR_USAGE},      {{.name = "x.y"}, ERR_USAGE},
        {{.name = ""}, ERR_USAGE},        {{.name = "web-x"}, ERR_CONFLICT},
        {{.ami_type = "AL3"}, ERR_USAGE}, {{.family = "ubuntu"}, ERR_USAGE},
    };
    struct eks_nodegroup blue = group();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(copied_release) struct copied c;
        copy(&c, &blue, &cases[i].wish, &(struct replace_seen){.names = taken});
        assert_int_equal(c.result, -1);
        assert_int_equal(c.err.class, cases[i].class);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_alternate_or_count),
        cmocka_unit_test(taken_names_are_passed_over),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(families_keep_the_machines),
        cmocka_unit_test(al2_ends),
        cmocka_unit_test(what_bottlerocket_cannot_take_is_named),
        cmocka_unit_test(each_family_takes_its_own),
        cmocka_unit_test(bad_user_data_is_refused),
        cmocka_unit_test(a_copy_is_as_the_old_one),
        cmocka_unit_test(wishes_are_granted),
        cmocka_unit_test(a_launch_template_rules_out_what_it_says),
        cmocka_unit_test(a_group_that_cannot_be_copied_says_what_is_missing),
        cmocka_unit_test(what_would_be_lost_blocks),
        cmocka_unit_test(bad_wishes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
