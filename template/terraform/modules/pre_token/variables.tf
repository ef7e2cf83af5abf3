variable "account" {
  description = "The AWS account, partition and region of the function and the pool."
  type = object({
    id        = string
    partition = string
    region    = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account.id))
    error_message = "account.id must be the 12 digits of an AWS account."
  }
}

variable "function_name" {
  description = "Name the function has or will have; the trigger's ARN is built from it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,63}$", var.function_name))
    error_message = "function_name must be 2 to 64 lower-case letters, digits and hyphens."
  }
}

variable "function" {
  description = "The function itself, and the alias Cognito calls."
  type = object({
    name  = string
    alias = string
  })
  nullable = false

  validation {
    condition     = var.function.name == var.function_name
    error_message = "function must be the one called function_name: the pool would call another."
  }
}

variable "alias" {
  description = "Alias the trigger calls."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.alias))
    error_message = "alias must be lower-case letters, digits and hyphens."
  }
}

variable "user_pool_arn" {
  description = "ARN of the user pool that may call the function."
  type        = string
  nullable    = false
}
