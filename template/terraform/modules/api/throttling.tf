# The stage's limit is the tier's; a route's own limit, where it has one, stands in the OpenAPI
# document (x-throttle). All of them answer 429 before a function is invoked.

locals {
  throttled = {
    for key, operation in local.operations : key => {
      # What API Gateway calls it: the path without its first slash, and the method.
      method_path = "${trimprefix(operation.path, "/")}/${upper(operation.method)}"
      rate        = operation.definition["x-throttle"].rate
      burst       = operation.definition["x-throttle"].burst
    }
    if can(operation.definition["x-throttle"])
  }
}

resource "aws_api_gateway_method_settings" "stage" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    logging_level          = "ERROR"
    data_trace_enabled     = false # bodies carry customers' data
    throttling_rate_limit  = var.throttle.rate_limit
    throttling_burst_limit = var.throttle.burst_limit
  }
}

resource "aws_api_gateway_method_settings" "route" {
  for_each = local.throttled

  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = each.value.method_path

  # A route's settings replace the stage's, so that the logging ones are said again.
  settings {
    metrics_enabled        = true
    logging_level          = "ERROR"
    data_trace_enabled     = false
    throttling_rate_limit  = each.value.rate
    throttling_burst_limit = each.value.burst
  }

  lifecycle {
    precondition {
      condition     = try(each.value.rate > 0 && each.value.burst >= each.value.rate, false)
      error_message = "x-throttle of ${each.key} must hold 0 < rate <= burst."
    }
  }
}
