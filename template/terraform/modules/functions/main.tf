# One zip and one layer, many functions: each has its handler, environment, size, role and log
# group. Callers go through the alias `live`, never to the function itself.

resource "aws_lambda_layer_version" "dependencies" {
  layer_name               = "${var.name}-dependencies"
  description              = "Third-party packages of every function of ${var.name}"
  s3_bucket                = aws_s3_object.artifact["layer"].bucket
  s3_key                   = aws_s3_object.artifact["layer"].key
  source_code_hash         = filebase64sha256(local.artifacts.layer)
  compatible_runtimes      = [var.runtime]
  compatible_architectures = [var.architecture]

  lifecycle {
    create_before_destroy = true # functions move to the new version before the old one goes
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.functions

  name              = "/aws/lambda/${each.value.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "this" {
  for_each = var.functions

  function_name    = each.value.name
  description      = each.value.description
  role             = each.value.role_arn
  handler          = each.value.handler
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = each.value.memory_mb
  timeout          = each.value.timeout_s
  s3_bucket        = aws_s3_object.artifact["code"].bucket
  s3_key           = aws_s3_object.artifact["code"].key
  source_code_hash = filebase64sha256(local.artifacts.code)
  layers           = [aws_lambda_layer_version.dependencies.arn]
  publish          = true # the alias points at a version that cannot change under its callers

  # Without a share of its own a busy function can leave the others nothing of the account's.
  reserved_concurrent_executions = coalesce(each.value.reserved_concurrency, -1)

  environment {
    variables = each.value.environment
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [var.security_group_id]
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "WARN"
    log_group             = aws_cloudwatch_log_group.this[each.key].name
  }
}

resource "aws_lambda_alias" "live" {
  for_each = var.functions

  name             = local.alias
  description      = "The version that callers reach"
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = aws_lambda_function.this[each.key].version
}

locals {
  alias = "live"
}
