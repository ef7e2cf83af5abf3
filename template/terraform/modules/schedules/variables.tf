variable "name" {
  description = "Prefix of every name, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
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

variable "schedules" {
  description = "Schedules by function key: rate(...) or cron(...) in UTC, and how long delivery is tried."
  type = map(object({
    description        = string
    expression         = string
    function_alias_arn = string
    maximum_age_s      = number
    maximum_retries    = number
  }))
  nullable = false

  validation {
    condition     = length(var.schedules) > 0
    error_message = "schedules must not be empty."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : can(regex("^(rate\\([0-9]+ (minutes?|hours?|days?)\\)|cron\\([^()]+\\))$", schedule.expression))])
    error_message = "schedules.expression must be rate(5 minutes) or cron(15 3 * * ? *)."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.maximum_age_s >= 60 && schedule.maximum_age_s <= 86400])
    error_message = "schedules.maximum_age_s must lie between 60 and 86400."
  }

  validation {
    condition     = alltrue([for schedule in values(var.schedules) : schedule.maximum_retries >= 0 && schedule.maximum_retries <= 185])
    error_message = "schedules.maximum_retries must lie between 0 and 185."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarm on undeliverable schedules notifies."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the roles; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null ? true : can(regex("^arn:[^:*]+:iam::[0-9]{12}:policy/[^*]+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a policy."
  }
}
