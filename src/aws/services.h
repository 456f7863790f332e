/*
 * services: what has to be known of an AWS service to reach it: protocol, names in host, signature,
 * settings and IAM. No operations. Source: the service models that botocore ships.
 */
#ifndef TOBAN_AWS_SERVICES_H
#define TOBAN_AWS_SERVICES_H

enum aws_protocol {
    AWS_JSON_1_0, /* POST, X-Amz-Target */
    AWS_JSON_1_1,
    AWS_QUERY, /* POST of a form, lists as Name.member.N, XML back */
    AWS_EC2,   /* the same, lists as Name.N, errors in another shape */
    AWS_REST_JSON,
};

struct aws_service {
    const char *endpoint; /* first part of the host name */
    const char *signing;  /* name in the signature */
    const char *iam;      /* prefix of its IAM actions */
    const char *setting;  /* as in AWS_ENDPOINT_URL_<SETTING>; in lower case, in `services` */
    enum aws_protocol protocol;
    const char *version; /* query: API version; JSON: what stands before the dot in X-Amz-Target;
                            REST: not used */
};

extern const struct aws_service aws_service_autoscaling, aws_service_cloudwatch,
    aws_service_dynamodb, aws_service_ec2, aws_service_eks, aws_service_elbv2,
    aws_service_service_quotas, aws_service_sqs, aws_service_ssm, aws_service_sts;

#endif
