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

variable "consumers" {
  description = "Consumers by function key. event_types null means all of them, and none a consumer that has no part in the topic: what it works off comes from the roles in sender_role_arns. timeout_s is the function's."
  type = map(object({
    event_types         = optional(set(string))
    sender_role_arns    = optional(set(string), [])
    timeout_s           = number
    max_receive_count   = number
    batch_size          = number
    batching_window_s   = number
    maximum_concurrency = number
  }))
  nullable = false

  validation {
    condition     = alltrue([for consumer in keys(var.consumers) : can(regex("^[a-z][a-z0-9_]*$", consumer))])
    error_message = "consumers must be keyed by function keys such as generate_invoice."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.event_types == null ? true : alltrue([for type in settings.event_types : can(regex("^[a-z_]+(\\.[a-z_]+)+$", type))])])
    error_message = "consumers.event_types must be null for all events, or name types such as subscription.created."
  }

  # An empty list would be a filter that lets nothing through.
  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.event_types == null ? length(settings.sender_role_arns) == 0 : (length(settings.event_types) == 0) == (length(settings.sender_role_arns) > 0)])
    error_message = "consumers.sender_role_arns belongs to consumers without event types, and to no other."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : alltrue([for arn in settings.sender_role_arns : can(regex("^arn:[^:*]+:iam::[0-9]{12}:role/[^*]+$", arn))])])
    error_message = "consumers.sender_role_arns must be ARNs of single roles."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.timeout_s >= 1 && settings.timeout_s <= 900])
    error_message = "consumers.timeout_s must lie between 1 and 900."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.max_receive_count >= 1 && settings.max_receive_count <= 1000])
    error_message = "consumers.max_receive_count must lie between 1 and 1000."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.batch_size >= 1 && settings.batch_size <= 10])
    error_message = "consumers.batch_size must lie between 1 and 10."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.batching_window_s >= 0 && settings.batching_window_s <= 300])
    error_message = "consumers.batching_window_s must lie between 0 and 300."
  }

  validation {
    condition     = alltrue([for settings in values(var.consumers) : settings.maximum_concurrency >= 2 && settings.maximum_concurrency <= 1000])
    error_message = "consumers.maximum_concurrency must lie between 2, the least AWS accepts, and 1000."
  }
}

# Apart from `consumers`, so that queues do not wait for functions.
variable "function_alias_arns" {
  description = "ARNs of the consumers' aliases, by function key."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.consumers), keys(var.function_alias_arns))) == 0
    error_message = "function_alias_arns must have each of consumers."
  }
}

variable "key_deletion_window_days" {
  description = "Days between the deletion of the topic's key and its end."
  type        = number
  nullable    = false

  validation {
    condition     = var.key_deletion_window_days >= 7 && var.key_deletion_window_days <= 30
    error_message = "key_deletion_window_days must lie between 7 and 30."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that alarms on dead letters notify."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}
