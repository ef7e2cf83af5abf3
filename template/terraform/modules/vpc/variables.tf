variable "name" {
  description = "Prefix of every name in the network, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "account" {
  description = "The AWS account the network is in."
  type = object({
    id = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account.id))
    error_message = "account.id must be the 12 digits of an AWS account."
  }
}

variable "cidr" {
  description = "Address range of the VPC; subnets are /24 parts of it."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr))
    error_message = "cidr must be an IPv4 range such as 10.0.0.0/16, got \"${var.cidr}\"."
  }

  # 26 public and 26 private /24 networks, one of each per possible zone letter.
  validation {
    condition     = try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 18, false)
    error_message = "cidr must be a /16, /17 or /18, so that a /24 fits for each zone."
  }
}

variable "availability_zones" {
  description = "Zones with one public and one private subnet each; Aurora needs at least two."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 3
    error_message = "availability_zones must name 2 or 3 zones; the region may offer fewer than the tier asks for."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones must not repeat a zone."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^[a-z-]+-[0-9][a-z]$", zone))])
    error_message = "availability_zones must be names such as us-east-1a."
  }
}

variable "nat_gateways" {
  description = "single: one for all zones, cheapest; per_zone: the loss of a zone cuts off no other."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["single", "per_zone"], var.nat_gateways)
    error_message = "nat_gateways must be single or per_zone, got \"${var.nat_gateways}\"."
  }
}

variable "log_retention_days" {
  description = "Days the flow log is kept."
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
