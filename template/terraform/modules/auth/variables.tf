variable "name" {
  description = "Name of the user pool, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "product_name" {
  description = "Name of the product in the mails that Cognito sends."
  type        = string
  nullable    = false

  # It stands in a mail's subject and sender: no line break, no angle bracket, no template brace.
  validation {
    condition     = can(regex("^[^<>{}\\r\\n\"]{1,80}$", var.product_name))
    error_message = "product_name must be 1 to 80 characters without < > { } \" and line breaks."
  }
}

variable "domain_prefix" {
  description = "Prefix of the sign-in page's address, unique in its region over all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.domain_prefix))
    error_message = "domain_prefix must be 1 to 63 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = length(regexall("aws|amazon|cognito", var.domain_prefix)) == 0
    error_message = "domain_prefix must not contain aws, amazon or cognito, got \"${var.domain_prefix}\": Cognito reserves them."
  }
}

variable "deletion_protection" {
  description = "Whether Cognito refuses to delete the pool."
  type        = bool
  nullable    = false
}

variable "mfa" {
  description = "Whether users may (optional) or must (required) have a second factor."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["optional", "required"], var.mfa)
    error_message = "mfa must be optional or required, got \"${var.mfa}\"."
  }
}

variable "threat_protection" {
  description = "What Cognito does about a sign-in that looks like an attack: nothing (off), note it (audit), or act (enforced). All but off is billed per active user."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["off", "audit", "enforced"], var.threat_protection)
    error_message = "threat_protection must be off, audit or enforced, got \"${var.threat_protection}\"."
  }
}

variable "pre_token_trigger" {
  description = "Function Cognito asks before it signs a token, and the version of the event it sends."
  type = object({
    lambda_arn     = string
    lambda_version = string
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:lambda:", var.pre_token_trigger.lambda_arn))
    error_message = "pre_token_trigger.lambda_arn must be the ARN of a function or alias."
  }

  # V1_0 changes identity tokens only, and V2_0 no tokens of machines.
  validation {
    condition     = var.pre_token_trigger.lambda_version == "V3_0"
    error_message = "pre_token_trigger.lambda_version must be V3_0: earlier events leave the tokens of machines alone."
  }
}

variable "sender" {
  description = "Verified SES identity that Cognito sends mail as; null for Cognito's own sender."
  type = object({
    email                  = string
    identity_arn           = string
    configuration_set_name = string
  })
  default = null # until the domain is verified

  validation {
    condition     = try(startswith(var.sender.identity_arn, "arn:"), var.sender == null)
    error_message = "sender.identity_arn must be an ARN."
  }
}

variable "groups" {
  description = "Roles of users; the lowest precedence wins where a user has several."
  type = map(object({
    description = string
    precedence  = number
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.groups) : can(regex("^[a-z][a-z_]*$", name))])
    error_message = "groups must be named in lower-case letters and underscores."
  }

  validation {
    condition     = length(distinct(values(var.groups)[*].precedence)) == length(var.groups)
    error_message = "groups.precedence must differ from group to group."
  }
}

variable "resource_server" {
  description = "Identifier of the API among the resource servers; scopes begin with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9.-]*$", var.resource_server))
    error_message = "resource_server must be lower-case letters, digits, dots and hyphens."
  }
}

variable "scopes" {
  description = "Scopes of machine clients with their descriptions, such as metering.write."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.scopes) > 0 && alltrue([for name in keys(var.scopes) : can(regex("^[a-z_]+\\.(read|write)$", name))])
    error_message = "scopes must be named <subject>.read or <subject>.write, and there must be one."
  }
}

variable "callback_urls" {
  description = "Where the sign-in page may send a user who signed in."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.callback_urls) > 0 && alltrue([for url in var.callback_urls : can(regex("^(https://|http://localhost(:[0-9]+)?/)", url))])
    error_message = "callback_urls must be https (or http://localhost while developing)."
  }
}

variable "logout_urls" {
  description = "Where the sign-in page may send a user who signed out."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.logout_urls) > 0 && alltrue([for url in var.logout_urls : can(regex("^(https://|http://localhost(:[0-9]+)?/)", url))])
    error_message = "logout_urls must be https (or http://localhost while developing)."
  }
}

variable "administrator" {
  description = "The first administrator: address, tenant and group."
  type = object({
    email     = string
    tenant_id = string
    group     = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.administrator.email))
    error_message = "administrator.email must be an e-mail address."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.administrator.tenant_id))
    error_message = "administrator.tenant_id must be a UUID."
  }

  validation {
    condition     = contains(keys(var.groups), var.administrator.group)
    error_message = "administrator.group must be one of groups."
  }
}
