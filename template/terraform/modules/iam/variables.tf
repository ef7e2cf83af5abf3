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

variable "functions" {
  description = "What each function may do, by function key."
  type = map(object({
    name                = string
    database_logins     = optional(map(string), {}) # resource id of the cluster or proxy, by login
    fills_secret_arns   = optional(list(string), [])
    reads_secret        = optional(object({ arn = string, kms_key_arn = string }))
    consumes_queue_arn  = optional(string)
    feeds_queue_arns    = optional(list(string), [])
    publishes_events    = optional(bool, false)
    nudges_relay        = optional(bool, false)
    sends_mail          = optional(bool, false)
    reads_master_secret = optional(bool, false)
    fails_to_queue      = optional(bool, false)
    makes_users         = optional(bool, false)
    changes_users       = optional(bool, false)
    makes_clients       = optional(bool, false)
    deletes_clients     = optional(bool, false)
    writes_exports      = optional(bool, false)

    announces_deployments = optional(bool, false)
    redrives = optional(object({
      dead_letter_queue_arns = set(string)
      queue_arns             = set(string)
      alias_arns             = set(string)
    }))
  }))
  nullable = false

  # The role has the function's name, and a role's name ends at 64 characters.
  validation {
    condition     = alltrue([for function in values(var.functions) : can(regex("^[a-z][a-z0-9-]{1,63}$", function.name))])
    error_message = "functions.name must be 2 to 64 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for login in keys(function.database_logins) : contains(["app_direct", "app_proxied", "migrator", "reader", "service_direct", "service_proxied"], login)])])
    error_message = "functions.database_logins must be keyed by logins of handlers/platform/database/roles.py."
  }

  # A proxied login belongs to a proxy, and every other one to a cluster.
  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for login, id in function.database_logins : can(regex(endswith(login, "_proxied") ? "^prx-[A-Za-z0-9]+$" : "^cluster-[A-Za-z0-9]+$", id))])])
    error_message = "functions.database_logins must lead proxied logins to a proxy's resource id (prx-...), and all others to a cluster's (cluster-...)."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for arn in function.fills_secret_arns : can(regex("^arn:[^:]+:secretsmanager:[^:]+:[0-9]{12}:secret:[^*]+$", arn))])])
    error_message = "functions.fills_secret_arns must be ARNs of single secrets."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.reads_secret == null ? true : can(regex("^arn:[^:]+:secretsmanager:[^:]+:[0-9]{12}:secret:[^*]+$", function.reads_secret.arn)) && can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/[^*]+$", function.reads_secret.kms_key_arn))])
    error_message = "functions.reads_secret must be the ARNs of a single secret and of its key."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : alltrue([for arn in function.feeds_queue_arns : can(regex("^arn:[^:]+:sqs:[^*]+$", arn))])])
    error_message = "functions.feeds_queue_arns must be ARNs of single queues."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.consumes_queue_arn == null ? true : can(regex("^arn:[^:]+:sqs:", function.consumes_queue_arn))])
    error_message = "functions.consumes_queue_arn must be the ARN of a queue."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.redrives == null ? true : alltrue([for arn in setunion(function.redrives.dead_letter_queue_arns, function.redrives.queue_arns) : can(regex("^arn:[^:]+:sqs:[^*]+$", arn))])])
    error_message = "functions.redrives must name queues by their ARNs: no \"*\"."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.redrives == null ? true : alltrue([for arn in function.redrives.alias_arns : can(regex("^arn:[^:]+:lambda:[^*]+:[a-z]+$", arn))])])
    error_message = "functions.redrives.alias_arns must be ARNs of aliases: no \"*\"."
  }
}

variable "resources" {
  description = "What the capabilities are granted on."
  type = object({
    database_key_arn           = string
    master_secret_arn          = string
    events_topic_arn           = string
    events_key_arn             = string
    relay_alias_arn            = string
    failure_queue_arn          = string
    mail_identity_arn          = string
    mail_configuration_set_arn = string
    sender_email               = string
    user_pool_arn              = string
    exports_arn                = string
    deployments_bus_arn        = string
  })
  nullable = false

  # A wildcard slipped in here would widen every role at once.
  validation {
    condition     = alltrue([for key, value in var.resources : !strcontains(trimsuffix(value, key == "exports_arn" ? "/*" : ""), "*")])
    error_message = "resources must name single resources: no \"*\", but after the folder that exports_arn names."
  }

  validation {
    condition     = alltrue([for key, value in var.resources : startswith(value, "arn:") if endswith(key, "_arn")])
    error_message = "resources.*_arn must be ARNs."
  }

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.resources.sender_email))
    error_message = "resources.sender_email must be an e-mail address."
  }
}

variable "manages_account_settings" {
  description = "Whether this stack owns the settings AWS keeps once per account and region."
  type        = bool
  nullable    = false
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
