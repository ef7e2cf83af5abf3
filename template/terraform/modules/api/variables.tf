variable "name" {
  description = "Name of the API, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "openapi_path" {
  description = "Path of the OpenAPI document that the build generates."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.openapi_path)
    error_message = "openapi_path must be a file: run `saasgen build` first (looked for \"${var.openapi_path}\")."
  }

  validation {
    condition     = !fileexists(var.openapi_path) || can(jsondecode(file(var.openapi_path)).paths)
    error_message = "openapi_path must hold JSON with `paths` (\"${var.openapi_path}\")."
  }
}

variable "functions" {
  description = "Functions that serve operations, by the key that x-function names. alias_arn may be known before the function exists."
  type = map(object({
    name      = string
    alias     = string
    alias_arn = string
  }))
  nullable = false

  validation {
    condition     = alltrue([for function in values(var.functions) : can(regex("^arn:[^:]+:lambda:[^:]+:[0-9]{12}:function:[^:]+:[^:]+$", function.alias_arn))])
    error_message = "functions.alias_arn must be the ARN of an alias."
  }
}

variable "invocation_uri_prefix" {
  description = "What API Gateway puts before a function's ARN to invoke it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:apigateway:[^:]+:lambda:path/[0-9-]+/functions$", var.invocation_uri_prefix))
    error_message = "invocation_uri_prefix must look like arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions."
  }
}

variable "integration_timeout_ms" {
  description = "Milliseconds API Gateway waits for a function."
  type        = number
  nullable    = false

  validation {
    condition     = var.integration_timeout_ms >= 50 && var.integration_timeout_ms <= 29000
    error_message = "integration_timeout_ms must lie between 50 and 29000."
  }
}

variable "user_pool_arn" {
  description = "ARN of the user pool whose tokens the API accepts."
  type        = string
  nullable    = false
}

variable "allowed_origin" {
  description = "Origin of the web application whose pages may call the API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", var.allowed_origin))
    error_message = "allowed_origin must be one origin such as https://app.example.com, without a path and not \"*\"."
  }
}

variable "throttle" {
  description = "Requests per second, and at once, that the whole stage admits."
  type = object({
    rate_limit  = number
    burst_limit = number
  })
  nullable = false

  validation {
    condition     = var.throttle.rate_limit > 0 && var.throttle.burst_limit >= var.throttle.rate_limit
    error_message = "throttle must hold 0 < rate_limit <= burst_limit."
  }
}

variable "log_retention_days" {
  description = "Days the API's logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365."
  }
}

variable "manages_account_settings" {
  description = "Whether this stack owns the settings AWS keeps once per account and region."
  type        = bool
  nullable    = false
}

variable "logging_role_arn" {
  description = "Role API Gateway logs with, where this stack owns the setting."
  type        = string
  default     = null # another stack of the account owns it
}
