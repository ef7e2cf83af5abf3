variable "name" {
  description = "Identifier of the cluster and prefix of every name around it, such as acme-dev."
  type        = string
  nullable    = false

  # The longest name made of it is 63 characters long: the final snapshot's and the instances'.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must be 3 to 46 lower-case letters, digits and single hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "account" {
  description = "The AWS account and partition the database is in."
  type = object({
    id        = string
    partition = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account.id))
    error_message = "account.id must be the 12 digits of an AWS account."
  }
}

variable "subnet_group_name" {
  description = "Subnet group of private subnets."
  type        = string
  nullable    = false
}

variable "security_group_id" {
  description = "Security group that admits PostgreSQL from functions."
  type        = string
  nullable    = false
}

variable "postgresql_version" {
  description = "Major version of PostgreSQL."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["15", "16", "17"], var.postgresql_version)
    error_message = "postgresql_version must be 15, 16 or 17: the major version alone, got \"${var.postgresql_version}\"."
  }
}

variable "port" {
  description = "Port the database listens on."
  type        = number
  nullable    = false

  validation {
    condition     = var.port >= 1150 && var.port <= 65535
    error_message = "port must lie between 1150 and 65535, as Aurora wants it."
  }
}

variable "database_name" {
  description = "Database the cluster is created with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database_name))
    error_message = "database_name must be lower-case letters, digits and underscores and begin with a letter."
  }
}

variable "master_username" {
  description = "Master user; nothing but migrations uses it."
  type        = string
  nullable    = false

  # The names the application's own roles have, or that RDS reserves.
  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.master_username)) && !contains(["admin", "app", "migrator", "owner", "postgres", "rdsadmin", "reader", "service"], var.master_username)
    error_message = "master_username must be a lower-case name that is neither reserved nor a role of the application."
  }
}

variable "capacity" {
  description = "Size in Aurora capacity units (about 2 GB of memory each), readers, and the idle time before a pause."
  type = object({
    min_acu                  = number
    max_acu                  = number
    readers                  = number
    seconds_until_auto_pause = optional(number)
  })
  nullable = false

  validation {
    condition     = var.capacity.min_acu >= 0 && var.capacity.min_acu <= var.capacity.max_acu && var.capacity.max_acu >= 1 && var.capacity.max_acu <= 256
    error_message = "capacity must hold 0 <= min_acu <= max_acu and 1 <= max_acu <= 256."
  }

  validation {
    condition     = var.capacity.min_acu * 2 == floor(var.capacity.min_acu * 2) && var.capacity.max_acu * 2 == floor(var.capacity.max_acu * 2)
    error_message = "capacity.min_acu and capacity.max_acu must be multiples of 0.5."
  }

  validation {
    condition     = var.capacity.readers >= 0 && var.capacity.readers <= 15 && var.capacity.readers == floor(var.capacity.readers)
    error_message = "capacity.readers must be a whole number from 0 to 15."
  }

  validation {
    condition     = try(var.capacity.seconds_until_auto_pause >= 300 && var.capacity.seconds_until_auto_pause <= 86400, var.capacity.seconds_until_auto_pause == null)
    error_message = "capacity.seconds_until_auto_pause must lie between 300 and 86400."
  }
}

variable "protection" {
  description = "What stands between the data and its loss."
  type = object({
    backup_retention_days = number
    deletion_protection   = bool
    final_snapshot        = bool
  })
  nullable = false

  validation {
    condition     = var.protection.backup_retention_days >= 1 && var.protection.backup_retention_days <= 35
    error_message = "protection.backup_retention_days must lie between 1 and 35."
  }

  validation {
    condition     = var.protection.final_snapshot || !var.protection.deletion_protection
    error_message = "protection.final_snapshot must be on where deletion_protection is: the data is worth keeping."
  }
}

variable "log_retention_days" {
  description = "Days the PostgreSQL log is kept."
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
