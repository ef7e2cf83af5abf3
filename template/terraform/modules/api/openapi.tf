# The document says what the API is; this adds how API Gateway serves it. Nothing of it is beside
# the body (a second import with `overwrite` would take it away again).

locals {
  document = jsondecode(file(var.openapi_path))
  methods  = ["get", "put", "post", "delete", "patch", "head"]

  operations = merge([
    for path, item in local.document.paths : {
      for method, definition in item : "${upper(method)} ${path}" => { path = path, method = method, definition = definition }
      if contains(local.methods, method)
    }
  ]...)

  unserved_operations = [
    for key, operation in local.operations : key
    if !contains(keys(var.functions), try(operation.definition["x-function"], ""))
  ]
  unversioned_paths = [for path in keys(local.document.paths) : path if !can(regex("^/v[0-9]+/", path))]

  integrations = {
    for key, operation in local.operations : key => {
      type                = "aws_proxy"
      httpMethod          = "POST" # how Lambda is invoked, whatever the caller's method
      uri                 = "${var.invocation_uri_prefix}/${try(var.functions[operation.definition["x-function"]].alias_arn, "")}/invocations"
      passthroughBehavior = "when_no_match"
      timeoutInMillis     = var.integration_timeout_ms
    }
  }

  paths = {
    for path, item in local.document.paths : path => merge(
      item,
      {
        for method, definition in item : method => merge(definition, {
          "x-amazon-apigateway-integration" = local.integrations["${upper(method)} ${path}"]
        })
        if contains(local.methods, method)
      },
      { options = local.preflights[path] },
    )
  }

  definition = merge(local.document, {
    paths = local.paths

    components = merge(try(local.document.components, {}), {
      securitySchemes = merge(try(local.document.components.securitySchemes, {}), {
        cognito = {
          type                           = "apiKey" # how OpenAPI 3.0 spells a header; the next line says what it is
          name                           = "Authorization"
          in                             = "header"
          "x-amazon-apigateway-authtype" = "cognito_user_pools"
          "x-amazon-apigateway-authorizer" = {
            type         = "cognito_user_pools"
            providerARNs = [var.user_pool_arn]
          }
        }
      })
    })

    "x-amazon-apigateway-request-validators" = {
      all    = { validateRequestBody = true, validateRequestParameters = true }
      params = { validateRequestBody = false, validateRequestParameters = true }
    }

    "x-amazon-apigateway-gateway-responses" = local.gateway_responses
  })
}
