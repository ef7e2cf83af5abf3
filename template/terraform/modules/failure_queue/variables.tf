variable "name" {
  description = "Name of the queue; roles are granted it by name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,79}$", var.name))
    error_message = "name must be 2 to 80 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "account" {
  description = "The AWS account, partition and region ARNs are built for."
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

variable "failure" {
  description = "Beginning of the alarm's text: what failed, and what waits, such as \"A schedule could not start its function; the request waits\"."
  type        = string
  nullable    = false

  validation {
    condition     = length(trimspace(var.failure)) > 0
    error_message = "failure must say what failed."
  }
}

variable "redrive_key" {
  description = "Key that `saasgen redrive` knows the queue by."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z_]*$", var.redrive_key))
    error_message = "redrive_key must be lower-case letters and underscores, got \"${var.redrive_key}\"."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarm notifies."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}
