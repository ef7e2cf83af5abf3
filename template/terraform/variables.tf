# Three files make a plan: who the stack is (stack.auto.tfvars.json), how large (tiers/) and how
# safe (environments/).

variable "stack" {
  description = "Who the stack is: the answers it was stamped with."
  type = object({
    name         = string
    product_name = string
    company      = string
    region       = string
    tenancy      = string
    tenant_name  = optional(string)
    domain       = string
    sender_email = string
    admin_email  = string
    currency     = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.stack.name)) && !strcontains(var.stack.name, "--")
    error_message = "stack.name must be 3 to 24 lower-case letters, digits and single hyphens and begin with a letter, got \"${var.stack.name}\"."
  }

  validation {
    condition     = can(regex("^[^<>{}\\r\\n\"]{1,80}$", var.stack.product_name))
    error_message = "stack.product_name must be 1 to 80 characters without < > { } \" and line breaks: mails carry it in their subject."
  }

  validation {
    condition     = can(regex("^[^\\r\\n]{1,120}$", var.stack.company))
    error_message = "stack.company must be 1 to 120 characters on one line."
  }

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.stack.region))
    error_message = "stack.region must be a region such as us-east-1, got \"${var.stack.region}\"."
  }

  validation {
    condition     = contains(["pooled", "dedicated"], var.stack.tenancy)
    error_message = "stack.tenancy must be pooled or dedicated, got \"${var.stack.tenancy}\"."
  }

  validation {
    condition     = (var.stack.tenancy == "dedicated") == (try(length(trimspace(var.stack.tenant_name)), 0) > 0)
    error_message = "stack.tenant_name belongs to stack.tenancy = \"dedicated\", and to nothing else."
  }

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.stack.domain)) && length(var.stack.domain) <= 253
    error_message = "stack.domain must be a lower-case domain name such as billing.example.com, got \"${var.stack.domain}\"."
  }

  # SES sends as nobody but the verified domain.
  validation {
    condition     = can(regex("^[A-Za-z0-9._%+-]+@", var.stack.sender_email)) && endswith(var.stack.sender_email, "@${var.stack.domain}")
    error_message = "stack.sender_email must be an address at stack.domain (${var.stack.domain}), got \"${var.stack.sender_email}\"."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._%+-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,63}$", var.stack.admin_email))
    error_message = "stack.admin_email must be an e-mail address, got \"${var.stack.admin_email}\"."
  }

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.stack.currency))
    error_message = "stack.currency must be an ISO 4217 code such as USD, got \"${var.stack.currency}\"."
  }
}

variable "tier" {
  description = "How large the stack is: one of tiers/*.tfvars.json. provisioned_concurrency: environments kept warm, of ingest, whose callers feel a cold start. reserved_concurrency: of each function that callers wait for, at most and in any case, where the environment reserves any. traced_percent: requests to the API whose trace X-Ray keeps."
  type = object({
    name = string
    aurora = object({
      min_acu = number
      max_acu = number
      readers = number
    })
    availability_zones  = number
    nat_gateways        = string
    interface_endpoints = bool
    rds_proxy           = bool
    api = object({
      rate_limit  = number
      burst_limit = number
    })
    provisioned_concurrency = number
    reserved_concurrency    = number
    traced_percent          = number
    waf_rate_limit          = number
  })
  nullable = false

  validation {
    condition     = contains(["seed", "startup", "growth", "scale", "enterprise"], var.tier.name)
    error_message = "tier.name must be seed, startup, growth, scale or enterprise, got \"${var.tier.name}\"."
  }

  validation {
    condition     = var.tier.aurora.min_acu >= 0 && var.tier.aurora.min_acu <= var.tier.aurora.max_acu && var.tier.aurora.max_acu >= 1 && var.tier.aurora.max_acu <= 256
    error_message = "tier.aurora must hold 0 <= min_acu <= max_acu and 1 <= max_acu <= 256."
  }

  validation {
    condition     = var.tier.aurora.readers >= 0 && var.tier.aurora.readers <= 15
    error_message = "tier.aurora.readers must lie between 0 and 15."
  }

  # A proxy keeps connections open, and an open connection keeps Aurora from pausing.
  validation {
    condition     = !(var.tier.rds_proxy && var.tier.aurora.min_acu == 0)
    error_message = "tier.rds_proxy excludes tier.aurora.min_acu = 0: the proxy's connections would never let Aurora pause."
  }

  validation {
    condition     = contains([2, 3], var.tier.availability_zones)
    error_message = "tier.availability_zones must be 2 or 3."
  }

  validation {
    condition     = contains(["single", "per_zone"], var.tier.nat_gateways)
    error_message = "tier.nat_gateways must be single or per_zone, got \"${var.tier.nat_gateways}\"."
  }

  validation {
    condition     = var.tier.api.rate_limit > 0 && var.tier.api.burst_limit >= var.tier.api.rate_limit
    error_message = "tier.api must hold 0 < rate_limit <= burst_limit."
  }

  validation {
    condition     = var.tier.provisioned_concurrency >= 0 && floor(var.tier.provisioned_concurrency) == var.tier.provisioned_concurrency
    error_message = "tier.provisioned_concurrency must be a whole number, and not negative."
  }

  # Functions that are kept warm grow to four times as many.
  validation {
    condition     = var.tier.reserved_concurrency >= max(1, 4 * var.tier.provisioned_concurrency) && floor(var.tier.reserved_concurrency) == var.tier.reserved_concurrency
    error_message = "tier.reserved_concurrency must be a whole number, and at least four times tier.provisioned_concurrency."
  }

  validation {
    condition     = var.tier.traced_percent >= 0 && var.tier.traced_percent <= 100
    error_message = "tier.traced_percent must lie between 0 and 100."
  }

  validation {
    condition     = var.tier.waf_rate_limit >= 100
    error_message = "tier.waf_rate_limit must be at least 100 requests per 5 minutes."
  }
}

variable "environment" {
  description = "How safe the stack is: one of environments/*.tfvars.json."
  type = object({
    name                          = string
    backup_retention_days         = number
    monthly_backup_retention_days = optional(number)
    deletion_protection           = bool
    final_snapshot                = bool
    log_retention_days            = number
    cognito_mfa                   = string
    threat_protection             = string
    reserves_concurrency          = bool
    waf_managed_rules             = string
    two_person_approval           = bool
  })
  nullable = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment.name)
    error_message = "environment.name must be dev, staging or prod, got \"${var.environment.name}\"."
  }

  validation {
    condition     = var.environment.backup_retention_days >= 1 && var.environment.backup_retention_days <= 35
    error_message = "environment.backup_retention_days must lie between 1 and 35."
  }

  validation {
    condition     = alltrue([for days in var.environment.monthly_backup_retention_days[*] : days > var.environment.backup_retention_days && days <= 3650])
    error_message = "environment.monthly_backup_retention_days must be more than backup_retention_days and at most 3650, or null for no monthly backups."
  }

  validation {
    condition     = var.environment.final_snapshot || !var.environment.deletion_protection
    error_message = "environment.final_snapshot must be on where deletion_protection is: the data is worth keeping."
  }

  validation {
    condition     = var.environment.name != "prod" || var.environment.deletion_protection
    error_message = "environment.deletion_protection must be on in prod."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.environment.log_retention_days)
    error_message = "environment.log_retention_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365."
  }

  validation {
    condition     = contains(["optional", "required"], var.environment.cognito_mfa)
    error_message = "environment.cognito_mfa must be optional or required, got \"${var.environment.cognito_mfa}\"."
  }

  validation {
    condition     = contains(["off", "audit", "enforced"], var.environment.threat_protection)
    error_message = "environment.threat_protection must be off, audit or enforced, got \"${var.environment.threat_protection}\"."
  }

  validation {
    condition     = contains(["count", "block"], var.environment.waf_managed_rules)
    error_message = "environment.waf_managed_rules must be count or block, got \"${var.environment.waf_managed_rules}\"."
  }
}

variable "features" {
  description = "The optional parts: what the answers chose of them."
  type = object({
    waf      = optional(bool, true)
    payments = optional(string, "manual")
    ci       = optional(object({ repository = string }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["manual", "stripe"], var.features.payments)
    error_message = "features.payments must be manual or stripe, got \"${var.features.payments}\"."
  }
}

variable "billing_bounds" {
  description = "What an invoice may be, or the billing run stops before it issues any: most, in whole units of its currency, such as dollars; most_times the usage of the one before, unless that is below unless_below of those units."
  type = object({
    most         = optional(number, 100000)
    most_times   = optional(number, 10)
    unless_below = optional(number, 100)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.billing_bounds.most >= 0 && floor(var.billing_bounds.most) == var.billing_bounds.most
    error_message = "billing_bounds.most must be a whole number, and not negative."
  }

  validation {
    condition     = var.billing_bounds.most_times > 0
    error_message = "billing_bounds.most_times must be above 0."
  }

  validation {
    condition     = var.billing_bounds.unless_below >= 0 && floor(var.billing_bounds.unless_below) == var.billing_bounds.unless_below
    error_message = "billing_bounds.unless_below must be a whole number, and not negative."
  }
}

variable "pricing_source_url" {
  description = "Where an operator imports prices of models from, as JSON; null for nowhere."
  type        = string
  default     = null

  validation {
    condition     = var.pricing_source_url == null ? true : can(regex("^https://[^\\s/@]+(/[^\\s]*)?$", var.pricing_source_url))
    error_message = "pricing_source_url must begin with https:// and hold no credentials."
  }
}

variable "firewall" {
  description = "What the firewall refuses beside its own rules (blocked_countries, as ISO 3166-1 alpha-2 codes), and which of AWS's rules it only counts (excluded_rules, by group: ip_reputation, common, known_bad_inputs, sql_injection)."
  type = object({
    blocked_countries = optional(set(string), [])
    excluded_rules    = optional(map(set(string)), {})
  })
  default  = {}
  nullable = false

  # The module knows each country; this one holds where there is no firewall, too.
  validation {
    condition     = alltrue([for country in var.firewall.blocked_countries : can(regex("^[A-Z]{2}$", country))])
    error_message = "firewall.blocked_countries must be ISO 3166-1 codes of two capital letters such as KP, got ${join(", ", var.firewall.blocked_countries)}."
  }

  validation {
    condition     = alltrue([for group in keys(var.firewall.excluded_rules) : contains(["ip_reputation", "common", "known_bad_inputs", "sql_injection"], group)])
    error_message = "firewall.excluded_rules must be keyed by ip_reputation, common, known_bad_inputs or sql_injection, got ${join(", ", keys(var.firewall.excluded_rules))}."
  }
}

variable "vpc_cidr" {
  description = "Address range of the network: one that no network it will ever be connected with has. Moving it later replaces the network and everything in it."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = can(regex("^(10|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168)\\.[0-9.]+/1[6-8]$", var.vpc_cidr)) && try(cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr, false)
    error_message = "vpc_cidr must be a private IPv4 range (of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16) of /16, /17 or /18 that begins at its first address, such as 10.42.0.0/16, got \"${var.vpc_cidr}\"."
  }
}

variable "artifact_dir" {
  description = "Folder of the build's code.zip, layer.zip and openapi.json."
  type        = string
  default     = "../build/lambda"
  nullable    = false

  validation {
    condition     = alltrue([for name in ["code.zip", "layer.zip", "openapi.json"] : fileexists("${var.artifact_dir}/${name}")])
    error_message = "artifact_dir must hold code.zip, layer.zip and openapi.json: run `saasgen build` first (looked in \"${var.artifact_dir}\")."
  }
}

variable "manages_account_settings" {
  description = "Whether this stack owns what AWS keeps once per account and region (the role API Gateway logs with, and that SNS may write traces). False in all but one of several stacks in an account and region."
  type        = bool
  default     = true
  nullable    = false
}

variable "manages_identity_provider" {
  description = "Whether this stack makes GitHub's identity provider, if it has workflows: an AWS account knows an issuer once. False in all but one of several such stacks in an account."
  type        = bool
  default     = true
  nullable    = false
}

variable "mail_domain_verified" {
  description = "Whether the DNS records of the output email_dns_records exist: from then on Cognito sends its mail from the stack's domain too."
  type        = bool
  default     = false
  nullable    = false
}

variable "alert_subscriptions" {
  description = "Who receives alerts, by a name of the receiver: of which severities (critical, warning, info), and by email or https. An address of a pager is a secret: pass it by TF_VAR_alert_subscriptions."
  type = map(object({
    severities = set(string)
    protocol   = string
    endpoint   = string
  }))
  default  = {}
  nullable = false
}
