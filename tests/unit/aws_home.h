/*
 * aws_home: a home folder with the files of the AWS tools, and an environment in which nothing of
 * this machine's own AWS settings counts.
 */
#ifndef TOBAN_TESTS_AWS_HOME_H
#define TOBAN_TESTS_AWS_HOME_H

#include "aws/env.h"

#define AWS_HOME_VARIABLES 40

struct aws_home {
    char dir[64];
    char *add[AWS_HOME_VARIABLES];
    struct aws_env env; /* to be given to what is tested */
};

/* credentials, config: texts of the two files; NULL: the file is not there. */
void aws_home_init(struct aws_home *h, const char *credentials, const char *config);
void aws_home_release(struct aws_home *h);
#define _cleanup_aws_home_ __attribute__((cleanup(aws_home_release)))

/* Sets "NAME=value". */
void aws_home_set(struct aws_home *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes a file below the home; folders are made. */
void aws_home_write(struct aws_home *h, const char *name, const char *text);

#endif
