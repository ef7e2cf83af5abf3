locals {
  # One JSON object per request, in the words of the functions' own logs.
  access_log_fields = {
    requestId          = "$context.requestId"
    extendedRequestId  = "$context.extendedRequestId"
    traceId            = "$context.xrayTraceId"
    requestTime        = "$context.requestTime"
    ip                 = "$context.identity.sourceIp"
    userAgent          = "$context.identity.userAgent"
    httpMethod         = "$context.httpMethod"
    routeKey           = "$context.httpMethod $context.resourcePath"
    path               = "$context.path"
    protocol           = "$context.protocol"
    status             = "$context.status"
    responseLength     = "$context.responseLength"
    responseLatencyMs  = "$context.responseLatency"
    integrationLatency = "$context.integrationLatency"
    integrationStatus  = "$context.integration.status"
    tenantId           = "$context.authorizer.claims.tenant_id"
    userGroups         = "$context.authorizer.claims.cognito:groups"
    sub                = "$context.authorizer.claims.sub"
    clientId           = "$context.authorizer.claims.client_id"
    error              = "$context.error.message"
    errorType          = "$context.error.responseType"
    validationError    = "$context.error.validationErrorString"
    authorizerError    = "$context.authorizer.error"
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}/access"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_group" "execution" {
  name              = "API-Gateway-Execution-Logs_${aws_api_gateway_rest_api.this.id}/${local.stage_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_api_gateway_account" "this" {
  count = var.manages_account_settings ? 1 : 0

  cloudwatch_role_arn = var.logging_role_arn

  lifecycle {
    precondition {
      condition     = var.logging_role_arn != null
      error_message = "logging_role_arn must be given where manages_account_settings is true."
    }
  }
}
