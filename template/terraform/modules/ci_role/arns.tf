# The stack's resources by their names. What AWS names itself is known by its tags.

locals {
  arn = {
    for service in ["application-autoscaling", "backup", "cloudwatch", "cognito-idp", "ec2", "events", "kms", "lambda", "logs", "rds", "scheduler", "secretsmanager", "ses", "sns", "sqs", "wafv2", "xray"] :
    service => "arn:${var.account.partition}:${service}:${var.account.region}:${var.account.id}"
  }

  # API Gateway's own ARNs name no account, a dashboard's no region.
  rest_apis_arn  = "arn:${var.account.partition}:apigateway:${var.account.region}::"
  stages_arn     = "${local.rest_apis_arn}/restapis/*/stages/*"
  dashboards_arn = "arn:${var.account.partition}:cloudwatch::${var.account.id}:dashboard"
  artifacts_arn  = "arn:${var.account.partition}:s3:::${var.artifact_bucket_name}"
  roles_arn      = "arn:${var.account.partition}:iam::${var.account.id}:role"
  policies_arn   = "arn:${var.account.partition}:iam::${var.account.id}:policy"

  function_arns = [for kind in ["function", "layer"] : "${local.arn["lambda"]}:${kind}:${var.name}-*"]
  schedule_arns = ["${local.arn["scheduler"]}:schedule-group/${var.name}", "${local.arn["scheduler"]}:schedule/${var.name}/*"]
  mail_arns     = ["${local.arn["ses"]}:configuration-set/${var.name}", "${local.arn["ses"]}:identity/${var.domain}"]
  firewall_arns = ["${local.arn["wafv2"]}:regional/webacl/${var.name}/*", local.stages_arn]
  database_arns = [
    for pair in setproduct(["cluster", "cluster-pg", "db", "subgrp"], ["", "-*"]) : "${local.arn["rds"]}:${pair[0]}:${var.name}${pair[1]}"
  ]

  exports_arn       = "arn:${var.account.partition}:s3:::${var.exports_bucket_name}"
  bus_arns          = ["${local.arn["events"]}:event-bus/${var.name}-*", "${local.arn["events"]}:rule/${var.name}-*"]
  secrets_arn       = "${local.arn["secretsmanager"]}:secret:${var.name}/*"
  vault_arn         = "${local.arn["backup"]}:backup-vault:${var.name}"
  backup_plans_arn  = "${local.arn["backup"]}:backup-plan:*"
  sampling_rule_arn = "${local.arn["xray"]}:sampling-rule/${var.name}"
  scaling_arn       = "${local.arn["application-autoscaling"]}:scalable-target/*"

  # A service begins a group's name as it likes; API Gateway puts an id of its own into it. What is in
  # a group follows a colon.
  log_group_arns = [
    for group in [
      "/aws/apigateway/${var.name}/*", "/aws/lambda/${var.name}-*", "/aws/rds/cluster/${var.name}/*",
      "/aws/rds/proxy/${var.name}", "/aws/rds/proxy/${var.name}:*", "/aws/vpc/${var.name}/*",
      "API-Gateway-Execution-Logs_*", "aws-waf-logs-${var.name}", "aws-waf-logs-${var.name}:*",
    ] : "${local.arn["logs"]}:log-group:${group}"
  ]

  of_this_stack = { StringEquals = { for tag, value in var.tags : "aws:ResourceTag/${tag}" => value } }
  for_the_stack = { StringEquals = { for tag, value in var.tags : "aws:RequestTag/${tag}" => value } }
  of_functions  = { ArnLike = { "lambda:FunctionArn" = "${local.arn["lambda"]}:function:${var.name}-*" } }
}
