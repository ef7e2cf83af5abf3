variable "name" {
  description = "Name of the proxy and prefix of every name around it, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must be 3 to 46 lower-case letters, digits and single hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "region" {
  description = "AWS region the proxy and its secrets are in."
  type        = string
  nullable    = false
}

variable "vpc_id" {
  description = "VPC the proxy is in."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Private subnets the proxy has an address in, one per zone."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name subnets in at least two zones, as RDS Proxy wants it."
  }
}

variable "function_security_group_id" {
  description = "Security group of the functions, which alone reach the proxy."
  type        = string
  nullable    = false
}

variable "database_security_group_id" {
  description = "Security group of the database."
  type        = string
  nullable    = false
}

variable "database_port" {
  description = "Port the database listens on."
  type        = number
  nullable    = false

  validation {
    condition     = var.database_port >= 1150 && var.database_port <= 65535
    error_message = "database_port must lie between 1150 and 65535, as Aurora wants it."
  }
}

variable "cluster_identifier" {
  description = "Cluster the connections lead to: its writer."
  type        = string
  nullable    = false
}

variable "login_secret_arns" {
  description = "Secrets with user name and password, by login."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.login_secret_arns) > 0 && alltrue([for arn in values(var.login_secret_arns) : can(regex("^arn:[^:]+:secretsmanager:[^:]+:[0-9]{12}:secret:[^*]+$", arn))])
    error_message = "login_secret_arns must be ARNs of at least one secret."
  }
}

variable "kms_key_arn" {
  description = "Key the secrets are encrypted with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key."
  }
}

variable "connection_borrow_timeout_s" {
  description = "Seconds that a request waits for a connection of the proxy before it fails."
  type        = number
  nullable    = false

  validation {
    condition     = var.connection_borrow_timeout_s >= 1 && var.connection_borrow_timeout_s <= 120
    error_message = "connection_borrow_timeout_s must lie between 1 and 120: 0 would fail at once."
  }
}

variable "thresholds" {
  description = "From where on an alarm is raised: connections that belong to one client each, and the average wait for a connection."
  type = object({
    pinned_connections = number
    borrow_latency_ms  = number
  })
  nullable = false

  validation {
    condition     = var.thresholds.pinned_connections >= 0 && var.thresholds.borrow_latency_ms > 0
    error_message = "thresholds.pinned_connections must not be negative, and borrow_latency_ms above 0."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarms on shared connections notify."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}

variable "log_retention_days" {
  description = "Days the proxy's log is kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365."
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
