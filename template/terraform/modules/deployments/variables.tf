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

variable "pipeline_timeout_s" {
  description = "For how many seconds a deployment that a pipeline has taken up is hidden from others."
  type        = number
  nullable    = false

  validation {
    condition     = var.pipeline_timeout_s >= 60 && var.pipeline_timeout_s <= 43200
    error_message = "pipeline_timeout_s must lie between 60 and 43200, the most SQS accepts."
  }
}

variable "max_receive_count" {
  description = "How often a deployment is handed out before it counts as failed."
  type        = number
  nullable    = false

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000
    error_message = "max_receive_count must lie between 1 and 1000."
  }
}

variable "waiting_alarm_s" {
  description = "After how many seconds a deployment that no pipeline has finished raises an alarm."
  type        = number
  nullable    = false

  validation {
    condition     = var.waiting_alarm_s > var.pipeline_timeout_s && var.waiting_alarm_s < 1209600
    error_message = "waiting_alarm_s must be more than a pipeline may take and less than the 14 days a deployment waits."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarms notify."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}
