# One REST API, imported from the OpenAPI document that the handlers' routes generate
# (openapi.tf adds what API Gateway needs). Versioned by path, /v1, in one stage.

resource "aws_api_gateway_rest_api" "this" {
  name        = var.name
  description = "Billing API of ${var.name}"
  body        = jsonencode(local.definition)

  # The document is the whole truth: what it no longer has, goes.
  put_rest_api_mode        = "overwrite"
  minimum_compression_size = 1024 # bytes

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    precondition {
      condition     = startswith(try(local.document.openapi, ""), "3.0")
      error_message = "${var.openapi_path} must be an OpenAPI 3.0 document: API Gateway imports no other."
    }

    precondition {
      condition     = length(local.unserved_operations) == 0
      error_message = "Operations name no function of the inventory in x-function: ${join(", ", local.unserved_operations)}."
    }

    precondition {
      condition     = length(local.unversioned_paths) == 0
      error_message = "Paths must begin with a version such as /v1: ${join(", ", local.unversioned_paths)}."
    }
  }
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  description = "OpenAPI document ${sha1(aws_api_gateway_rest_api.this.body)}"

  # A deployment is a snapshot: another document needs another one.
  triggers = { definition = sha1(aws_api_gateway_rest_api.this.body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  deployment_id        = aws_api_gateway_deployment.this.id
  stage_name           = local.stage_name
  description          = "The one stage; versions are paths"
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log_fields)
  }

  # API Gateway accepts no log settings before the account lets it log, and would create the
  # execution log's group itself, kept for ever and out of destroy's reach.
  depends_on = [
    aws_api_gateway_account.this,
    aws_cloudwatch_log_group.execution,
  ]
}

resource "aws_lambda_permission" "this" {
  for_each = var.functions

  statement_id  = "InvokeFromApi"
  action        = "lambda:InvokeFunction"
  function_name = each.value.name
  qualifier     = each.value.alias
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.this.execution_arn}/${local.stage_name}/*"
}

locals {
  # Under a name: method settings and log groups need it before the stage exists.
  stage_name = "api"
}
