variable "name" {
  description = "Prefix of the stack's names, such as acme-dev: what the endpoints lead to bears it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "account" {
  description = "The AWS account, partition and region the stack is in."
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

variable "interface_endpoints" {
  description = "Whether there are interface endpoints beside the gateways, which are free."
  type        = bool
  nullable    = false
}

variable "vpc_id" {
  description = "VPC the endpoints are in."
  type        = string
  nullable    = false
}

variable "route_table_ids" {
  description = "Route tables of the private subnets: the gateways' routes go there."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.route_table_ids) >= 2
    error_message = "route_table_ids must name the tables of at least two zones."
  }
}

variable "subnet_ids" {
  description = "Private subnets that each interface endpoint has an address in, one per zone."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name subnets in at least two zones."
  }
}

variable "function_security_group_id" {
  description = "Security group of the functions, which alone reach the interface endpoints."
  type        = string
  nullable    = false
}

variable "artifact_bucket_name" {
  description = "Bucket whose objects functions write and read through the S3 endpoint."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifact_bucket_name))
    error_message = "artifact_bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "exports_bucket_name" {
  description = "Bucket whose objects functions write and read through the S3 endpoint."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.exports_bucket_name))
    error_message = "exports_bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "kms_key_arns" {
  description = "Keys that can be used through the KMS endpoint."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.kms_key_arns) > 0 && alltrue([for arn in var.kms_key_arns : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", arn))])
    error_message = "kms_key_arns must be ARNs of at least one key."
  }
}

variable "secret_arns" {
  description = "Secrets that can be read and filled through the Secrets Manager endpoint."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.secret_arns) > 0 && alltrue([for arn in var.secret_arns : can(regex("^arn:[^:]+:secretsmanager:[^:]+:[0-9]{12}:secret:.+$", arn))])
    error_message = "secret_arns must be ARNs of at least one secret."
  }
}
