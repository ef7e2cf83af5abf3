# What logs are counted for and asked.

mock_provider "aws" {
  source = "../../tests/mocks"
}

run "errors_are_counted_by_function" {
  command = plan

  assert {
    condition     = { for key, filter in aws_cloudwatch_log_metric_filter.errors : key => filter.log_group_name } == { tenants = "/aws/lambda/acme-dev-tenants", generate_invoice = "/aws/lambda/acme-dev-generate-invoice" }
    error_message = "The log of each function must have its filter."
  }

  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_metric_filter.errors : filter.pattern == "{ ($.level = \"ERROR\") || ($.level = \"CRITICAL\") || ($.level = \"FATAL\") }"])
    error_message = "Errors of our code and of the runtime must both be counted."
  }

  assert {
    condition     = alltrue([for key, filter in aws_cloudwatch_log_metric_filter.errors : [filter.metric_transformation[0].namespace, filter.metric_transformation[0].name, filter.metric_transformation[0].value] == ["acme-dev/logged-errors", key, "1"] && filter.metric_transformation[0].default_value == null])
    error_message = "A function must be a metric, which costs nothing while nothing is wrong."
  }
}

run "queries_are_saved_under_the_name_of_the_stack" {
  command = plan

  assert {
    condition     = output.query_names == tolist([for query in ["errors-by-function", "latency-by-endpoint", "latest-errors", "one-trace", "slow-requests-per-tenant", "slowest-tenants", "tenant-errors", "tenant-latency", "tenant-saturation", "tenant-traffic"] : "acme-dev/${query}"])
    error_message = "The design's queries and the four golden signals per tenant must be there."
  }

  assert {
    condition     = aws_cloudwatch_query_definition.this["errors-by-function"].log_group_names == tolist(["/aws/lambda/acme-dev-generate-invoice", "/aws/lambda/acme-dev-tenants"])
    error_message = "Questions about functions must be asked of all of them."
  }

  assert {
    condition     = alltrue([for query in ["slow-requests-per-tenant", "tenant-latency", "tenant-traffic", "tenant-errors", "tenant-saturation"] : aws_cloudwatch_query_definition.this[query].log_group_names == tolist(["/aws/apigateway/acme-dev/access"])])
    error_message = "Questions about tenants' requests must be asked of the access log."
  }
}

run "a_golden_signal_is_by_tenant" {
  command = plan

  assert {
    condition     = alltrue([for signal in ["latency", "traffic", "errors", "saturation"] : strcontains(aws_cloudwatch_query_definition.this["tenant-${signal}"].query_string, " by tenantId")])
    error_message = "Each of the four signals must be asked per tenant."
  }

  assert {
    condition     = aws_cloudwatch_query_definition.this["slow-requests-per-tenant"].query_string == <<-QUERY
      fields @timestamp, tenantId, routeKey, status, responseLatencyMs, integrationLatency, requestId, traceId
      | filter responseLatencyMs > 1000
      | sort responseLatencyMs desc
      | limit 50
    QUERY
    error_message = "A request above one second is slow."
  }
}
