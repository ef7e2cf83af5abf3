# The stack and its environment come from the files of the stack's own root; this root reads of them
# what it needs.

variable "stack" {
  description = "Whose bucket it is: the stack of ../stack.auto.tfvars.json."
  type        = object({ name = string })
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.stack.name))
    error_message = "stack.name must be 3 to 24 lower-case letters, digits and hyphens and begin with a letter, got \"${var.stack.name}\"."
  }
}

variable "environment" {
  description = "The stack's environment: one of ../environments/*.tfvars.json."
  type        = object({ name = string })
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment.name)
    error_message = "environment.name must be dev, staging or prod, got \"${var.environment.name}\"."
  }
}

variable "region" {
  description = "Region of the bucket, as ../backend.hcl names it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region such as us-east-1, got \"${var.region}\"."
  }
}

# No dots: a certificate of S3 covers one label, and the alias of a key takes none.
variable "bucket_name" {
  description = "Name of the bucket, as ../backend.hcl names it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits and hyphens and begin and end with a letter or digit, got \"${var.bucket_name}\"."
  }
}

variable "existing_key_id" {
  description = "Id of the key that the bucket's alias names already; null when there is none."
  type        = string
  default     = null

  validation {
    condition     = var.existing_key_id == null ? true : can(regex("^(mrk-)?[0-9a-f-]{32,36}$", var.existing_key_id))
    error_message = "existing_key_id must be the id of a KMS key."
  }
}

variable "noncurrent_version_days" {
  description = "Days for which an earlier version of a state is kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.noncurrent_version_days >= 30 && var.noncurrent_version_days <= 3650 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "noncurrent_version_days must be a whole number between 30 and 3650."
  }
}

variable "key_deletion_window_days" {
  description = "Days between the deletion of the key and its end."
  type        = number
  nullable    = false

  validation {
    condition     = var.key_deletion_window_days >= 7 && var.key_deletion_window_days <= 30
    error_message = "key_deletion_window_days must lie between 7 and 30."
  }
}
