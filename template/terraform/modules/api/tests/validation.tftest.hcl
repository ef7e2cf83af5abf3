# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_a_document_that_is_not_there" {
  command = plan

  variables {
    openapi_path = "../../tests/fixtures/nowhere.json"
  }

  expect_failures = [var.openapi_path]
}

run "refuses_a_document_that_is_no_json" {
  command = plan

  variables {
    openapi_path = "../../tests/fixtures/code.zip"
  }

  expect_failures = [var.openapi_path]
}

run "refuses_a_function_without_an_alias" {
  command = plan

  variables {
    functions = merge(var.functions, { health = { name = "acme-dev-health", alias = "live", alias_arn = "acme-dev-health" } })
  }

  expect_failures = [var.functions]
}

run "refuses_another_prefix_than_lambdas" {
  command = plan

  variables {
    invocation_uri_prefix = "https://lambda.us-east-1.amazonaws.com"
  }

  expect_failures = [var.invocation_uri_prefix]
}

run "refuses_to_wait_longer_than_api_gateway_does" {
  command = plan

  variables {
    integration_timeout_ms = 30000
  }

  expect_failures = [var.integration_timeout_ms]
}

run "refuses_any_origin" {
  command = plan

  variables {
    allowed_origin = "*"
  }

  expect_failures = [var.allowed_origin]
}

run "refuses_a_burst_below_the_rate" {
  command = plan

  variables {
    throttle = { rate_limit = 50, burst_limit = 10 }
  }

  expect_failures = [var.throttle]
}

run "refuses_a_retention_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}
