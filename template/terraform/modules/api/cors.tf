# Browsers ask before they call. API Gateway answers them itself, without a token and without a
# function; the functions and the gateway responses name the same origin in their answers.

locals {
  allowed_headers = "authorization,content-type,idempotency-key,x-correlation-id"
  exposed_headers = "location,retry-after,x-request-id"

  preflights = {
    for path, item in local.document.paths : path => {
      summary = "CORS preflight"
      tags    = ["cors"]
      parameters = [
        for match in regexall("\\{([A-Za-z0-9_]+)\\}", path) : {
          name     = match[0]
          in       = "path"
          required = true
          schema   = { type = "string" }
        }
      ]
      security = []
      responses = {
        "204" = {
          description = "What a page of the allowed origin may send"
          headers     = { for header in keys(local.preflight_headers[path]) : header => { schema = { type = "string" } } }
        }
      }
      "x-amazon-apigateway-integration" = {
        type                = "mock"
        passthroughBehavior = "when_no_match"
        requestTemplates    = { "application/json" = jsonencode({ statusCode = 204 }) }
        responses = {
          default = {
            statusCode         = "204"
            responseParameters = { for header, value in local.preflight_headers[path] : "method.response.header.${header}" => "'${value}'" }
          }
        }
      }
    }
  }

  preflight_headers = {
    for path, item in local.document.paths : path => {
      "Access-Control-Allow-Origin"  = var.allowed_origin
      "Access-Control-Allow-Methods" = join(",", sort(concat(["OPTIONS"], [for method in keys(item) : upper(method) if contains(local.methods, method)])))
      "Access-Control-Allow-Headers" = local.allowed_headers
      "Access-Control-Max-Age"       = "7200" # seconds; browsers keep it no longer
      "Vary"                         = "Origin"
    }
  }
}
