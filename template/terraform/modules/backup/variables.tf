variable "name" {
  description = "Name of the vault and of the plan, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "partition" {
  description = "AWS partition the vault is in."
  type        = string
  nullable    = false
}

variable "cluster_arn" {
  description = "ARN of the cluster to copy."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:rds:[^:]+:[0-9]{12}:cluster:[^*]+$", var.cluster_arn))
    error_message = "cluster_arn must be the ARN of one cluster."
  }
}

variable "kms_key_arn" {
  description = "ARN of the cluster's key."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "retention" {
  description = "Days that a daily copy is kept, and one a month; null makes no monthly copies."
  type = object({
    daily_days   = number
    monthly_days = optional(number)
  })
  nullable = false

  validation {
    condition     = var.retention.daily_days >= 1 && var.retention.daily_days <= 35
    error_message = "retention.daily_days must lie between 1 and 35."
  }

  validation {
    condition     = alltrue([for days in var.retention.monthly_days[*] : days > var.retention.daily_days && days <= 3650])
    error_message = "retention.monthly_days must be more than daily_days and at most 3650, or null."
  }
}

variable "protected" {
  description = "Whether copies are kept against everybody until their time has come. If not, they go with the stack."
  type        = bool
  nullable    = false
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarms on backups notify."
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
