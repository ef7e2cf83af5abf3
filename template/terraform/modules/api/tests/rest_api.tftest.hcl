mock_provider "aws" {
  source = "../../tests/mocks"
}

run "each_operation_invokes_the_alias_of_its_function" {
  command = plan

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/v1/tenants"].post["x-amazon-apigateway-integration"].uri == "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:acme-dev-tenants:live/invocations"
    error_message = "The operation must invoke the alias that x-function names."
  }

  assert {
    condition = alltrue(flatten([
      for path, item in jsondecode(aws_api_gateway_rest_api.this.body).paths : [
        for method, operation in item : operation["x-amazon-apigateway-integration"].type == (method == "options" ? "mock" : "aws_proxy")
      ]
    ]))
    error_message = "Each operation must have an integration."
  }
}

run "what_the_document_says_of_an_operation_stays" {
  command = plan

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/v1/tenants"].post.security == [{ cognito = ["aws.cognito.signin.user.admin"] }] && jsondecode(aws_api_gateway_rest_api.this.body).paths["/v1/tenants"].post.operationId == "createTenant"
    error_message = "Scopes and names must survive."
  }

  assert {
    condition     = can(jsondecode(aws_api_gateway_rest_api.this.body).components.schemas.TenantCreate)
    error_message = "Schemas must survive."
  }
}

run "tokens_of_the_pool_are_checked" {
  command = plan

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).components.securitySchemes.cognito["x-amazon-apigateway-authorizer"] == { type = "cognito_user_pools", providerARNs = [var.user_pool_arn] }
    error_message = "The authorizer must be the user pool."
  }
}

run "browsers_of_the_one_origin_are_answered_on_every_path" {
  command = plan

  assert {
    condition     = alltrue([for item in values(jsondecode(aws_api_gateway_rest_api.this.body).paths) : item.options["x-amazon-apigateway-integration"].responses.default.responseParameters["method.response.header.Access-Control-Allow-Origin"] == "'https://app.acme.example'"])
    error_message = "Each path must answer preflights for the origin."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_rest_api.this.body).paths["/v1/tenants"].options["x-amazon-apigateway-integration"].responses.default.responseParameters["method.response.header.Access-Control-Allow-Methods"] == "'GET,OPTIONS,POST'"
    error_message = "A preflight must name the path's methods."
  }

  assert {
    condition     = alltrue([for item in values(jsondecode(aws_api_gateway_rest_api.this.body).paths) : item.options.security == []])
    error_message = "Preflights carry no token."
  }
}

run "errors_of_the_gateway_look_like_ours" {
  command = plan

  assert {
    condition = alltrue([
      for response in values(jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"]) :
      response.responseParameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'" && toset(["type", "title", "detail", "requestId"]) == setintersection(["type", "title", "detail", "requestId"], keys(jsondecode(response.responseTemplates["application/json"])))
    ])
    error_message = "Each must be a problem document."
  }

  assert {
    condition = {
      for type, response in jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"] : type => response.statusCode
      if contains(["UNAUTHORIZED", "ACCESS_DENIED", "MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY", "THROTTLED", "REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"], type)
      } == {
      UNAUTHORIZED                 = "401"
      ACCESS_DENIED                = "403"
      MISSING_AUTHENTICATION_TOKEN = "404"
      BAD_REQUEST_BODY             = "400"
      THROTTLED                    = "429"
      REQUEST_TOO_LARGE            = "413"
      UNSUPPORTED_MEDIA_TYPE       = "415"
    }
    error_message = "The status of each must say what happened."
  }

  assert {
    condition     = can(jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-gateway-responses"].THROTTLED.responseParameters["gatewayresponse.header.Retry-After"])
    error_message = "A throttled caller must learn when to come back."
  }
}

run "routes_are_throttled_below_the_stage" {
  command = plan

  assert {
    condition     = aws_api_gateway_method_settings.stage.method_path == "*/*" && aws_api_gateway_method_settings.stage.settings[0].throttling_rate_limit == 50 && aws_api_gateway_method_settings.stage.settings[0].throttling_burst_limit == 100
    error_message = "The stage must have the limit it is given."
  }

  assert {
    condition     = { for key, setting in aws_api_gateway_method_settings.route : setting.method_path => setting.settings[0].throttling_rate_limit } == { "v1/tenants/GET" = 10, "v1/tenants/POST" = 10, "v1/subscriptions/GET" = 25, "v1/invoices/GET" = 100 }
    error_message = "Each route with x-throttle must have its limit, and no other route."
  }
}

run "requests_are_logged_and_traced_but_not_their_bodies" {
  command = apply

  assert {
    condition     = length(setsubtract(["requestId", "requestTime", "ip", "userAgent", "httpMethod", "routeKey", "path", "status", "responseLatencyMs", "integrationLatency", "tenantId", "userGroups", "sub", "error", "errorType"], keys(jsondecode(aws_api_gateway_stage.this.access_log_settings[0].format)))) == 0
    error_message = "The access log must have all its fields."
  }

  assert {
    condition     = aws_api_gateway_stage.this.xray_tracing_enabled && !aws_api_gateway_method_settings.stage.settings[0].data_trace_enabled
    error_message = "Requests must be traced, their bodies not logged."
  }

  assert {
    condition     = aws_cloudwatch_log_group.execution.name == "API-Gateway-Execution-Logs_abc123/api" && aws_cloudwatch_log_group.execution.retention_in_days == 30
    error_message = "API Gateway's own log must end too."
  }

  assert {
    condition     = alltrue([for permission in aws_lambda_permission.this : permission.source_arn == "arn:aws:execute-api:us-east-1:123456789012:abc123/api/*" && permission.qualifier == "live"])
    error_message = "Only this API's stage may invoke the functions, by their alias."
  }
}

run "another_stack_may_own_the_account_settings" {
  command = plan

  variables {
    manages_account_settings = false
    logging_role_arn         = null
  }

  assert {
    condition     = length(aws_api_gateway_account.this) == 0
    error_message = "The setting must be left to its owner."
  }
}

run "refuses_a_document_of_openapi_3_1" {
  command = plan

  variables {
    openapi_path = "tests/fixtures/openapi_3_1.json"
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "refuses_an_operation_without_a_function" {
  command = plan

  variables {
    openapi_path = "tests/fixtures/unserved.json"
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "refuses_a_path_without_a_version" {
  command = plan

  variables {
    openapi_path = "tests/fixtures/unversioned.json"
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "refuses_a_route_limit_whose_burst_is_below_its_rate" {
  command = plan

  variables {
    openapi_path = "tests/fixtures/bad_throttle.json"
  }

  expect_failures = [aws_api_gateway_method_settings.route]
}

run "refuses_to_own_account_settings_without_a_role" {
  command = plan

  variables {
    logging_role_arn = null
  }

  expect_failures = [aws_api_gateway_account.this]
}
