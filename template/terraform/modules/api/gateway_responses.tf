# What API Gateway answers itself has the form of what the functions answer (RFC 9457; the words
# are those of handlers/platform/base/errors.py).

locals {
  problems = {
    BAD_REQUEST_BODY               = { status = 400, title = "Bad Request", detail = "The request body does not match its schema: $context.error.validationErrorString" }
    BAD_REQUEST_PARAMETERS         = { status = 400, title = "Bad Request", detail = "$context.error.message" }
    UNAUTHORIZED                   = { status = 401, title = "Unauthorized", detail = "A valid access token is needed: Authorization: Bearer <token>." }
    INVALID_API_KEY                = { status = 403, title = "Forbidden", detail = "The request is not allowed." }
    ACCESS_DENIED                  = { status = 403, title = "Forbidden", detail = "The token does not allow this request." }
    EXPIRED_TOKEN                  = { status = 401, title = "Unauthorized", detail = "The access token has expired." }
    INVALID_SIGNATURE              = { status = 401, title = "Unauthorized", detail = "The access token is not valid." }
    WAF_FILTERED                   = { status = 403, title = "Forbidden", detail = "The request was refused." }
    MISSING_AUTHENTICATION_TOKEN   = { status = 404, title = "Not Found", detail = "There is no such route." } # API Gateway's name for a route it does not know
    RESOURCE_NOT_FOUND             = { status = 404, title = "Not Found", detail = "There is no such route." }
    REQUEST_TOO_LARGE              = { status = 413, title = "Payload Too Large", detail = "The request is larger than 10 MB." }
    UNSUPPORTED_MEDIA_TYPE         = { status = 415, title = "Unsupported Media Type", detail = "The request body must be application/json." }
    THROTTLED                      = { status = 429, title = "Too Many Requests", detail = "Too many requests; try again after the seconds in Retry-After." }
    QUOTA_EXCEEDED                 = { status = 429, title = "Too Many Requests", detail = "Too many requests; try again after the seconds in Retry-After." }
    API_CONFIGURATION_ERROR        = { status = 500, title = "Internal Server Error", detail = "Something went wrong on our side." }
    AUTHORIZER_CONFIGURATION_ERROR = { status = 500, title = "Internal Server Error", detail = "Something went wrong on our side." }
    AUTHORIZER_FAILURE             = { status = 500, title = "Internal Server Error", detail = "Something went wrong on our side." }
    INTEGRATION_FAILURE            = { status = 502, title = "Bad Gateway", detail = "The function failed to answer." }
    INTEGRATION_TIMEOUT            = { status = 504, title = "Gateway Timeout", detail = "The function did not answer in time." }
  }

  # Without a status of their own, these keep the one API Gateway chose.
  default_problems = {
    DEFAULT_4XX = { title = "Bad Request", detail = "$context.error.message" }
    DEFAULT_5XX = { title = "Internal Server Error", detail = "Something went wrong on our side." }
  }

  problem_headers = {
    "gatewayresponse.header.Content-Type"                  = "'application/problem+json'"
    "gatewayresponse.header.Access-Control-Allow-Origin"   = "'${var.allowed_origin}'"
    "gatewayresponse.header.Access-Control-Expose-Headers" = "'${local.exposed_headers}'"
    "gatewayresponse.header.Vary"                          = "'Origin'"
  }

  gateway_responses = merge(
    {
      for type, problem in local.problems : type => {
        statusCode = tostring(problem.status)
        responseParameters = merge(
          local.problem_headers,
          problem.status == 429 ? { "gatewayresponse.header.Retry-After" = "'1'" } : {},
          problem.status == 401 ? { "gatewayresponse.header.WWW-Authenticate" = "'Bearer'" } : {},
        )
        responseTemplates = {
          "application/json" = jsonencode({
            type      = "about:blank"
            title     = problem.title
            status    = problem.status
            detail    = problem.detail
            requestId = "$context.requestId"
          })
        }
      }
    },
    {
      for type, problem in local.default_problems : type => {
        responseParameters = local.problem_headers
        responseTemplates = {
          "application/json" = jsonencode({
            type      = "about:blank"
            title     = problem.title
            detail    = problem.detail
            requestId = "$context.requestId"
          })
        }
      }
    },
  )
}
