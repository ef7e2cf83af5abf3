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

variable "repository" {
  description = "GitHub repository as its OIDC tokens name it: owner@OWNER_ID/name@REPOSITORY_ID, or owner/name for one made before 18 June 2026. The ids outlive a name, which somebody else may take."
  type        = string
  nullable    = false

  # A wildcard or a colon would trust subjects of other repositories.
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[A-Za-z0-9._-]{1,100}|@[0-9]+/[A-Za-z0-9._-]{1,100}@[0-9]+)$", var.repository))
    error_message = "repository must be owner@OWNER_ID/name@REPOSITORY_ID, or owner/name, got \"${var.repository}\"."
  }
}

variable "branch" {
  description = "Branch whose pushes are applied."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.branch))
    error_message = "branch must be the name of one branch, such as main, got \"${var.branch}\"."
  }
}

variable "manages_identity_provider" {
  description = "Whether this stack makes GitHub's identity provider, which an AWS account knows once."
  type        = bool
  nullable    = false
}

variable "tags" {
  description = "The default tags of the stack's resources: what AWS names itself is told by them."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.tags) > 0
    error_message = "tags must not be empty: the roles would reach every stack of the account."
  }
}

variable "state" {
  description = "Where Terraform keeps the stack's state: what backend.hcl says."
  type = object({
    bucket     = string
    key        = string
    region     = string
    kms_key_id = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state.bucket))
    error_message = "state.bucket must be the name of a bucket, got \"${var.state.bucket}\"."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.state.key))
    error_message = "state.key must be the key of one object, got \"${var.state.key}\"."
  }

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.state.region))
    error_message = "state.region must be a region such as us-east-1, got \"${var.state.region}\"."
  }

  validation {
    condition     = can(regex("^alias/[A-Za-z0-9/_-]+$", var.state.kms_key_id))
    error_message = "state.kms_key_id must be the alias of a key, got \"${var.state.kms_key_id}\"."
  }
}

variable "artifact_bucket_name" {
  description = "Bucket of the functions' code."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifact_bucket_name))
    error_message = "artifact_bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "exports_bucket_name" {
  description = "Bucket that exports are written to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.exports_bucket_name))
    error_message = "exports_bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "domain" {
  description = "Domain the stack sends mail from."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "domain must be a lower-case domain name such as billing.example.com, got \"${var.domain}\"."
  }
}

variable "migrate_function_arn" {
  description = "ARN of the function that migrates the database: an apply ends in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[^:*]+:lambda:[^:*]+:[0-9]{12}:function:[A-Za-z0-9_-]+$", var.migrate_function_arn))
    error_message = "migrate_function_arn must be the ARN of one function."
  }
}
