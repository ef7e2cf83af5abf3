variable "name" {
  description = "Prefix of every name, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "provider_name" {
  description = "The payment provider, such as stripe."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+$", var.provider_name))
    error_message = "provider_name must be lower-case letters, got \"${var.provider_name}\"."
  }
}

variable "key_deletion_window_days" {
  description = "Days between the deletion of the secret's key and its end."
  type        = number
  nullable    = false

  validation {
    condition     = var.key_deletion_window_days >= 7 && var.key_deletion_window_days <= 30
    error_message = "key_deletion_window_days must lie between 7 and 30."
  }
}

variable "recovery_window_days" {
  description = "Days for which a deleted secret can be had back; 0 for none."
  type        = number
  nullable    = false

  validation {
    condition     = var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)
    error_message = "recovery_window_days must be 0, or lie between 7 and 30."
  }
}
