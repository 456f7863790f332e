#include "aws/services.h"

const struct aws_service aws_service_autoscaling = {"autoscaling",  "autoscaling", "autoscaling",
                                                    "auto_scaling", AWS_QUERY,     "2011-01-01"};
const struct aws_service aws_service_cloudwatch = {"monitoring", "monitoring", "cloudwatch",
                                                   "cloudwatch", AWS_QUERY,    "2010-08-01"};
const struct aws_service aws_service_dynamodb = {"dynamodb", "dynamodb",   "dynamodb",
                                                 "dynamodb", AWS_JSON_1_0, "DynamoDB_20120810"};
const struct aws_service aws_service_ec2 = {"ec2", "ec2", "ec2", "ec2", AWS_EC2, "2016-11-15"};
const struct aws_service aws_service_eks = {"eks", "eks",         "eks",
                                            "eks", AWS_REST_JSON, "2017-11-01"};
const struct aws_service aws_service_elbv2 = {"elasticloadbalancing",
                                              "elasticloadbalancing",
                                              "elasticloadbalancing",
                                              "elastic_load_balancing_v2",
                                              AWS_QUERY,
                                              "2015-12-01"};
const struct aws_service aws_service_service_quotas = {"servicequotas", "servicequotas",
                                                       "servicequotas", "service_quotas",
                                                       AWS_JSON_1_1,    "ServiceQuotasV20190624"};
const struct aws_service aws_service_sqs = {"sqs", "sqs", "sqs", "sqs", AWS_JSON_1_0, "AmazonSQS"};
const struct aws_service aws_service_ssm = {"ssm", "ssm", "ssm", "ssm", AWS_JSON_1_1, "AmazonSSM"};
const struct aws_service aws_service_sts = {"sts", "sts", "sts", "sts", AWS_QUERY, "2011-06-15"};
