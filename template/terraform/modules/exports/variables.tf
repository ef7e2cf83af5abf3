variable "bucket_name" {
  description = "Name of the bucket, unique over all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "kept_days" {
  description = "Days after which a file is deleted."
  type        = number
  nullable    = false

  validation {
    condition     = var.kept_days >= 1 && var.kept_days <= 30 && var.kept_days == floor(var.kept_days)
    error_message = "kept_days must be a whole number from 1 to 30: a file holds what customers must not leave lying about."
  }
}
